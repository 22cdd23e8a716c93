// SPDX-License-Identifier: MIT
#include "container/runtime/endpoints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "02-net/link.hpp"
#include "03-mnt/defaults.hpp"
#include "03-mnt/mnt.hpp"
#include "base/events.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/store.hpp"
#include "network/netns_guard.hpp"

namespace zoomin::container {

namespace {

void emit(const char* action, const network::network& network,
          const std::string& container_id) {
  base::emit({"network",
              action,
              network.id,
              {{"container", container_id}, {"name", network.name}, {"type", "bridge"}}});
}

}  // namespace

void validate_attachment(const attachment& attachment) {
  const auto found = network::find(attachment.network);
  if (attachment.address)
    net::parse_container_address(attachment.address->text(), found.pool);
}

void validate_networks(const container_spec& spec) {
  for (const auto& attachment : spec.networks) validate_attachment(attachment);
}

endpoints::endpoints(const container_spec& spec, std::string id, std::string name)
    : id_(std::move(id)),
      name_(std::move(name)),
      ports_(spec.ports),
      can_forge_(network::can_forge(spec.init_process.confinement.capabilities)) {
  for (const auto& attachment : spec.networks) add(attachment);
  choose_default_route();
}

endpoints::connection::connection(const attachment& attachment,
                                  const std::string& container_id)
    : id(container_id),
      name(attachment.network),
      aliases(attachment.aliases),
      network(network::find(name)),
      bridge(network.link()),
      lease(bridge.reserve(id, attachment.address)) {}

endpoints::connection::~connection() {
  if (emitted) emit("disconnect", network, id);
}

void endpoints::connection::emit_connect() {
  emit("connect", network, id);
  emitted = true;
}

// Adds an endpoint. It is constructed in the list, because it can't be moved.
endpoints::connection& endpoints::add(const attachment& attachment) {
  const std::string device = free_device();
  auto& added = links_.emplace_back(attachment, id_);
  added.lease.endpoint.device = device;
  added.lease.endpoint.hardware = attachment.hardware;
  if (attachment.has_names()) publish_names(added);
  network::restore_anti_spoofing();
  return added;
}

// Publishes the container's names. Removes the old records first, because removing them
// later would also remove equal new ones.
void endpoints::publish_names(connection& link) const {
  auto names = link.aliases;
  names.insert(names.begin(), {name_, id_.substr(0, 12)});
  link.names.reset();
  link.names =
      std::make_unique<network::dns_records>(link.network, id_, link.lease, names);
}

void endpoints::rename(const std::string& name) {
  name_ = name;
  for (auto& link : links_)
    if (link.names) publish_names(link);
}

std::string endpoints::free_device() const {
  std::string name;
  const auto is_taken = [&](const endpoints::connection& link) {
    return link.lease.endpoint.device == name;
  };
  for (unsigned number = 0;; ++number) {
    name = fmt::format("eth{}", number);
    if (std::ranges::none_of(links_, is_taken)) return name;
  }
}

// Selects the network of the default route, the first one that isn't internal.
void endpoints::choose_default_route() {
  bool found = false;
  for (auto& link : links_) {
    link.lease.endpoint.way_out = !found && !link.network.internal;
    found = found || link.lease.endpoint.way_out;
  }
}

void endpoints::plug_in(connection& link, pid_t child) {
  link.cable.emplace(link.bridge.connect(child, link.lease.endpoint));
  if (can_forge_) prevent_spoofing(link, child);
}

void endpoints::prevent_spoofing(const connection& link, pid_t child) {
  const auto& endpoint = link.lease.endpoint;
  const auto hardware =
      endpoint.hardware.empty() ? net::hardware_address(endpoint.own) : endpoint.hardware;
  if (!anti_spoofing_) anti_spoofing_.emplace(child);
  anti_spoofing_->add(link.cable->port(), {endpoint.own, hardware});
}

void endpoints::prevent_spoofing(pid_t child) {
  if (std::exchange(can_forge_, true)) return;
  for (const auto& link : links_) prevent_spoofing(link, child);
}

void endpoints::connect(pid_t child) {
  for (auto& link : links_) plug_in(link, child);
  if (links_.empty()) return;
  auto& first = links_.front();
  std::vector<network::port_binding> proxied;
  std::vector<net::published_port> published;
  for (const auto& port : ports_)
    if (port.is_ipv6())
      proxied.push_back(port);
    else
      published.push_back(network::to_published(port));
  if (!proxied.empty())
    proxy_ = std::make_unique<network::port_proxy>(proxied, first.lease.endpoint.own);
  if (published.empty()) return;
  first.published.emplace(first.bridge.publish(first.lease.endpoint, published));
}

void endpoints::configure() const {
  if (links_.empty()) net::links().raise(sys::quiet, "lo");  // --network none
  for (const auto& link : links_) net::configure(link.lease.endpoint);
}

std::vector<network::network> endpoints::networks_with_names() const {
  std::vector<network::network> networks;
  for (const auto& link : links_)
    if (link.names) networks.push_back(link.network);
  return networks;
}

base::event_source* endpoints::serve_names(const pid::child& child,
                                           const container_spec& spec) {
  const auto networks = networks_with_names();
  if (networks.empty() || dns_server_) return nullptr;
  auto servers = spec.names.servers;
  if (servers.empty()) servers = network::servers_in(mnt::resolvers());
  dns_server_ = std::make_unique<network::dns_server>(networks, child.pidfd(), servers);
  return dns_server_.get();
}

void endpoints::settle() {
  for (auto& link : links_) {
    link.bridge.settle(*link.cable);
    link.emit_connect();
  }
}

void endpoints::leave() {
  dns_server_.reset();
  proxy_.reset();
  for (auto& link : links_) link.names.reset();
  for (auto& link : links_)
    if (link.cable) link.cable->pull();
  for (auto& link : links_)
    if (link.published) link.published->withdraw();
  for (auto& link : links_) link.bridge.leave();
  anti_spoofing_.reset();
}

void endpoints::join(const attachment& attachment, const pid::child& child) {
  auto& added = add(attachment);
  choose_default_route();
  try {
    plug_in(added, child.id());
    const network::netns_guard inside(child.pidfd());
    net::configure(added.lease.endpoint);
  } catch (...) {
    if (added.cable) added.cable->remove();
    links_.pop_back();
    throw;
  }
  added.bridge.settle(*added.cable);
  added.emit_connect();
  if (dns_server_) dns_server_->set_networks(networks_with_names());
}

void endpoints::disconnect(const std::string& network, const pid::child& child) {
  const auto found = std::ranges::find(links_, network, &connection::name);
  if (found == links_.end()) return;
  if (found->published) found->published->withdraw();
  found->cable->remove();
  const bool had_default_route = found->lease.endpoint.way_out;
  links_.erase(found);
  if (dns_server_) dns_server_->set_networks(networks_with_names());
  if (!had_default_route) return;
  choose_default_route();
  const network::netns_guard inside(child.pidfd());
  for (const auto& link : links_)
    if (link.lease.endpoint.way_out)
      net::links().add_default_route(sys::quiet, link.lease.endpoint.gateway);
}

std::vector<network::port_binding> endpoints::ports() const {
  std::vector<network::port_binding> ports;
  if (!links_.empty() && links_.front().published)
    for (const auto& port : links_.front().published->ports())
      ports.push_back(network::from_published(port));
  if (proxy_) ports.insert(ports.end(), proxy_->ports().begin(), proxy_->ports().end());
  return ports;
}

std::string endpoints::gateway() const {
  return links_.empty() ? net::default_pool.gateway().text()
                        : links_.front().network.pool.gateway().text();
}

std::string endpoints::address() const {
  return links_.empty() ? "" : links_.front().lease.endpoint.own.text();
}

std::vector<std::pair<std::string, std::string>> endpoints::addresses() const {
  std::vector<std::pair<std::string, std::string>> addresses;
  for (const auto& link : links_)
    addresses.emplace_back(link.name, link.lease.endpoint.own.text());
  return addresses;
}

}  // namespace zoomin::container
