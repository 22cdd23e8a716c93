// SPDX-License-Identifier: MIT
#include "container/networks.hpp"

#include <fmt/format.h>

#include "03-mnt/mnt.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

// Its name, what else it was given, and its short id.
std::vector<std::string> names_of(const asked& wanted, const std::string& id,
                                  const std::string& name) {
  std::vector<std::string> all{name, id.substr(0, 12)};
  all.insert(all.end(), wanted.aliases.begin(), wanted.aliases.end());
  return all;
}

}  // namespace

std::vector<std::string> containers_on(const std::string& network) {
  std::vector<std::string> all;
  for (const auto& id : ids()) {
    try {
      if (parse_asked(container_json(id)).network == network) all.push_back(id);
    } catch (const sys::error&) {
      if (exists(id)) throw;  // else it was removed meanwhile
    }
  }
  return all;
}

void validate_network(const asked& wanted) {
  if (!wanted.on_bridge()) return;
  const auto found = network::find(wanted.network);
  if (wanted.address) net::parse_container_address(wanted.address->text(), found.pool);
}

connection::connection(const asked& wanted, const std::string& id,
                       const std::string& name) {
  if (!wanted.on_bridge()) return;
  network_ = network::find(wanted.network);
  bridge_.emplace(network_->link());
  lease_ = bridge_->reserve(id, wanted.address);
  if (wanted.on_user_network())
    names_.emplace(*network_, id, lease_, names_of(wanted, id, name));
}

void connection::connect(pid_t child, const asked& wanted) {
  if (!bridge_) return;
  port_ = fmt::format("veth{}", child);  // the last run's may still be on its way out
  bridge_->connect(child, port_, lease_.place);
  if (!wanted.ports.empty()) ports_.emplace(bridge_->publish(lease_.place, wanted.ports));
}

void connection::configure() const {
  if (bridge_) net::configure(lease_.place);
}

companion* connection::serve_names(const pid::child& child, const asked& wanted) {
  if (!names_) return nullptr;
  auto servers = wanted.names.servers;
  if (servers.empty()) servers = network::servers_in(mnt::resolvers());
  resolver_ = std::make_unique<network::resolver>(*network_, child.pidfd(), servers);
  return resolver_.get();
}

void connection::settle() const {
  if (bridge_) bridge_->settle(port_);
}

void connection::leave() {
  resolver_.reset();
  names_.reset();
  if (ports_) ports_->withdraw();
  if (bridge_) bridge_->leave();
}

std::vector<net::published_port> connection::published_ports() const {
  return ports_ ? ports_->ports() : std::vector<net::published_port>();
}

std::string connection::gateway() const {
  return network_ ? network_->pool.gateway().text() : net::default_pool.gateway().text();
}

std::string connection::address() const {
  return bridge_ ? lease_.place.own.text() : std::string();
}

}  // namespace zoomin::container
