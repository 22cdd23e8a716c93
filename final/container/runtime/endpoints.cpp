// SPDX-License-Identifier: MIT
#include "container/runtime/endpoints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "02-net/link.hpp"
#include "03-mnt/mnt.hpp"
#include "base/events.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/store.hpp"
#include "network/netns_guard.hpp"

namespace zoomin::container {

namespace {

void emit(const char* action, const network::network& of, const std::string& id) {
  events::emit({"network",
                action,
                of.id,
                {{"container", id}, {"name", of.name}, {"type", "bridge"}}});
}

}  // namespace

std::vector<std::string> containers_on(const std::string& network) {
  std::vector<std::string> result;
  for (const auto& id : ids()) {
    try {
      if (parse_spec(container_json(id)).is_on(network)) result.push_back(id);
    } catch (const sys::error&) {
      if (exists(id)) throw;  // else it was removed meanwhile
    } catch (const usage_error&) {
      // Damaged: it can't be started, on a network or none.
    }
  }
  return result;
}

void validate_attachment(const attachment& wanted) {
  const auto found = network::find(wanted.network);
  if (wanted.address) net::parse_container_address(wanted.address->text(), found.pool);
}

void validate_networks(const container_spec& spec) {
  for (const auto& one : spec.networks) validate_attachment(one);
}

endpoints::endpoints(const container_spec& spec, std::string id, std::string name)
    : id_(std::move(id)),
      name_(std::move(name)),
      ports_(spec.ports),
      relayed_(spec.relayed),
      can_forge_(network::can_forge(spec.first.confinement.capabilities)) {
  for (const auto& one : spec.networks) add(one);
  choose_way_out();
}

endpoints::link::link(const attachment& wanted, const std::string& container)
    : id(container),
      name(wanted.network),
      aliases(wanted.aliases),
      of(network::find(name)),
      bridge(of.link()),
      lease(bridge.reserve(id, wanted.address)) {}

endpoints::link::~link() {
  if (told) emit("disconnect", of, id);
}

void endpoints::link::tell_connected() {
  emit("connect", of, id);
  told = true;
}

// In place: what its bridge holds isn't moved.
endpoints::link& endpoints::add(const attachment& wanted) {
  const std::string device = free_device();
  auto& made = links_.emplace_back(wanted, id_);
  made.lease.endpoint.device = device;
  made.lease.endpoint.hardware = wanted.hardware;
  if (wanted.has_names()) give_names(made);
  network::restore_anti_spoofing();
  return made;
}

// The old ones go first, or they would take along those that are among the new ones.
void endpoints::give_names(link& to) const {
  auto result = to.aliases;
  result.insert(result.begin(), {name_, id_.substr(0, 12)});
  to.names.reset();
  to.names = std::make_unique<network::dns_records>(to.of, id_, to.lease, result);
}

void endpoints::rename(const std::string& name) {
  name_ = name;
  for (auto& one : links_)
    if (one.names) give_names(one);
}

std::string endpoints::free_device() const {
  std::string name;
  const auto is_taken = [&](const link& one) {
    return one.lease.endpoint.device == name;
  };
  for (unsigned number = 0;; ++number) {
    name = fmt::format("eth{}", number);
    if (std::ranges::none_of(links_, is_taken)) return name;
  }
}

// One network leads out: the first of those that can.
void endpoints::choose_way_out() {
  bool found = false;
  for (auto& one : links_) {
    one.lease.endpoint.way_out = !found && !one.of.internal;
    found = found || one.lease.endpoint.way_out;
  }
}

void endpoints::plug_in(link& one, pid_t child) {
  one.cable.emplace(one.bridge.connect(child, one.lease.endpoint));
  if (can_forge_) pin(one, child);
}

void endpoints::pin(const link& one, pid_t child) {
  const auto& endpoint = one.lease.endpoint;
  const auto hardware =
      endpoint.hardware.empty() ? net::hardware_address(endpoint.own) : endpoint.hardware;
  if (!pins_) pins_.emplace(child);
  pins_->add(one.cable->port(), {endpoint.own, hardware});
}

void endpoints::pin(pid_t child) {
  if (std::exchange(can_forge_, true)) return;
  for (const auto& one : links_) pin(one, child);
}

void endpoints::connect(pid_t child) {
  for (auto& one : links_) plug_in(one, child);
  if (links_.empty()) return;
  auto& first = links_.front();
  if (!relayed_.empty())
    relay_ = std::make_unique<network::port_proxy>(relayed_, first.lease.endpoint.own);
  if (ports_.empty()) return;
  first.published.emplace(first.bridge.publish(first.lease.endpoint, ports_));
}

void endpoints::configure() const {
  if (links_.empty()) net::links().raise(sys::quiet, "lo");  // --network none
  for (const auto& one : links_) net::configure(one.lease.endpoint);
}

std::vector<network::network> endpoints::networks_with_names() const {
  std::vector<network::network> networks;
  for (const auto& one : links_)
    if (one.names) networks.push_back(one.of);
  return networks;
}

event_source* endpoints::serve_names(const pid::child& child,
                                     const container_spec& spec) {
  const auto networks = networks_with_names();
  if (networks.empty() || resolver_) return nullptr;
  auto servers = spec.names.servers;
  if (servers.empty()) servers = network::servers_in(mnt::resolvers());
  resolver_ = std::make_unique<network::dns_server>(networks, child.pidfd(), servers);
  return resolver_.get();
}

void endpoints::settle() {
  for (auto& one : links_) {
    one.bridge.settle(*one.cable);
    one.tell_connected();
  }
}

void endpoints::leave() {
  resolver_.reset();
  relay_.reset();
  for (auto& one : links_) one.names.reset();
  for (auto& one : links_)
    if (one.cable) one.cable->pull();
  for (auto& one : links_)
    if (one.published) one.published->withdraw();
  for (auto& one : links_) one.bridge.leave();
  pins_.reset();
}

void endpoints::join(const attachment& wanted, const pid::child& child) {
  auto& made = add(wanted);
  choose_way_out();
  try {
    plug_in(made, child.id());
    const network::netns_guard inside(child.pidfd());
    net::configure(made.lease.endpoint);
  } catch (...) {
    if (made.cable) made.cable->remove();
    links_.pop_back();
    throw;
  }
  made.bridge.settle(*made.cable);
  made.tell_connected();
  if (resolver_) resolver_->look_in(networks_with_names());
}

void endpoints::part(const std::string& network, const pid::child& child) {
  const auto found = std::ranges::find(links_, network, &link::name);
  if (found == links_.end()) return;
  if (found->published) found->published->withdraw();
  found->cable->remove();
  const bool led_out = found->lease.endpoint.way_out;
  links_.erase(found);
  if (resolver_) resolver_->look_in(networks_with_names());
  if (!led_out) return;
  choose_way_out();
  const network::netns_guard inside(child.pidfd());
  for (const auto& one : links_)
    if (one.lease.endpoint.way_out)
      net::links().add_default_route(sys::quiet, one.lease.endpoint.gateway);
}

std::vector<net::published_port> endpoints::published_ports() const {
  if (links_.empty() || !links_.front().published) return {};
  return links_.front().published->ports();
}

std::vector<network::proxied_port> endpoints::relayed_ports() const {
  return relay_ ? relay_->ports() : std::vector<network::proxied_port>();
}

std::string endpoints::gateway() const {
  return links_.empty() ? net::default_pool.gateway().text()
                        : links_.front().of.pool.gateway().text();
}

std::string endpoints::address() const {
  return links_.empty() ? "" : links_.front().lease.endpoint.own.text();
}

std::vector<std::pair<std::string, std::string>> endpoints::addresses() const {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& one : links_)
    result.emplace_back(one.name, one.lease.endpoint.own.text());
  return result;
}

}  // namespace zoomin::container
