// SPDX-License-Identifier: MIT
#include "02-net/net.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <sstream>

#include "02-net/coordination/forwarding.hpp"
#include "02-net/coordination/restore.hpp"
#include "02-net/link.hpp"
#include "02-net/publish.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

using namespace sys;

namespace {

std::string forwarding_path() { return run_directory() + "/forwarding"; }
std::string bridge_path(const network& net) { return directory_of(net) + "/bridge"; }

void ensure_directory(const why& reason, const std::string& path) {
  if (!exists(path)) make_directory(reason, path);
}

std::string sysctl_of(const std::string& version, const std::string& link,
                      const std::string& name) {
  return fmt::format("/proc/sys/net/{}/conf/{}/{}", version, link, name);
}

// --- the bridge ---

void refuse_overlap(links& host, const network& net) {
  for (const auto& route : host.routes())
    if (route.to.prefix != 0 && route.device != net.name && route.to.overlaps(net.pool))
      throw usage_error(fmt::format("{} overlaps the route {} dev {}", net.pool.text(),
                                    route.to.text(), route.device),
                        "choose an unused network: --subnet 10.80.0.0/16");
}

void make_link(const network& net) {
  links host;
  refuse_overlap(host, net);
  host.make_bridge({"bridge"_id, "a switch in the kernel"}, net.name,
                   hardware_address(net.pool.gateway()));
  host.add_address({"gateway"_id, "the host's address on it"}, net.name,
                   net.pool.gateway(), net.pool.prefix);
}

void remove_link(const network& net) {
  if (links::index(net.name) != 0)
    links().remove({"remove-bridge"_id, "the last container has left"}, net.name);
}

// Removes the bridge first: without the table it would let in forbidden packets.
void unmake(const network& net, lock_file& record) {
  remove_link(net);
  remove_table(net);
  record.write({});
}

// --- the cable ---

// Returns whether the network namespace has sockets. A TCP connection, and with it its
// namespace, outlives its process as long as data is unsent: tcp(7), tcp_orphan_retries.
bool has_sockets(const unique_fd& protocols) {
  std::istringstream lines(read_all(protocols.get(), "/proc/PID/net/protocols"));
  std::string line, name, size, sockets;
  std::getline(lines, line);  // the columns' names
  while (std::getline(lines, line))
    if (std::istringstream(line) >> name >> size >> sockets && sockets != "0")
      return true;
  return false;
}

// Makes the bridge and the table. Reuses a bridge that was kept, and a table that is
// still the recorded one, without the elements of killed containers.
void make(const network& net, lock_file& record) {
  const auto was = bridge_record::parse(record.content());
  const bool has_link = was.pool == net.pool.text() && links::index(net.name) != 0;
  reap_dead(net);
  if (has_link && has_its_table(net, was)) return open_firewalls(net, record);
  if (!has_link) unmake(net, record);
  try {
    if (!has_link) make_link(net);
    make_table(net, record);
  } catch (...) {
    unmake(net, record);
    throw;
  }
}

void make_or_join(const network& net, lock_file& record, bool alone) {
  if (alone) return make(net, record);
  const auto in_use = bridge_record::parse(record.content()).pool;
  if (in_use != net.pool.text())
    throw usage_error(fmt::format("--subnet {}: containers use {} with {}",
                                  net.pool.text(), net.name, in_use));
  open_firewalls(net, record);
}

}  // namespace

bridge::bridge(const network& network) : network_(network) {
  ensure_directory({"run-directory"_id, "for state that ends at reboot"},
                   run_directory());
  ensure_directory({"locks"_id, "for the locks of addresses"}, directory_of(network_));
  ensure_directory({"port-locks"_id, "for the records of ports"},
                   publish_directory(network_));
  try {
    join();
  } catch (...) {
    leave();
    throw;
  }
}

void bridge::join() {
  restore_lost_tables(network_.name);
  forwarding_.emplace(forwarding_path(),
                      [](lock_file& record, bool) { turn_on_forwarding(record); });
  members_.emplace(bridge_path(network_), [&](lock_file& record, bool alone) {
    make_or_join(network_, record, alone);
  });
}

bool take_down(const network& net) {
  if (!exists(directory_of(net))) return true;
  if (!shared_object::if_unused(bridge_path(net),
                                [&](lock_file& record) { unmake(net, record); }))
    return false;
  shared_object::if_unused(forwarding_path(), put_back_forwarding);
  return true;
}

lease bridge::reserve(const std::string& id, std::optional<address> requested) const {
  const subnet& pool = network_.pool;
  const auto lock_of = [&](address address) {
    return lock_file(fmt::format("{}/{}.lock", directory_of(network_), address.text()));
  };
  const auto& range = network_.range;
  const std::uint32_t tries = requested ? 1 : range ? range->size() : pool.room();
  for (std::uint32_t attempt = 0; attempt < tries; ++attempt) {
    const address own = requested ? *requested
                        : range   ? candidate_in(*range, id, attempt)
                                  : candidate(pool, id, attempt);
    if (!is_for_container(pool, own)) continue;
    if (lock_file file = lock_of(own); file.try_lock()) {
      published::reap(network_, *members_, own);
      return {std::move(file),
              {.own = own,
               .prefix = pool.prefix,
               .gateway = pool.gateway(),
               .way_out = !network_.internal}};
    }
  }
  if (requested)
    throw usage_error(fmt::format("--ip {}: address already in use", requested->text()));
  throw usage_error(fmt::format("no free address in {}: all {} are in use",
                                range.value_or(pool).text(), range ? tries : pool.room()),
                    "use --subnet for a larger network");
}

// The cable is named after the process, since the one of an earlier run may still exist
// for a moment.
cable bridge::connect(pid_t child, const endpoint& endpoint) const {
  const auto inside = open(fmt::format("/proc/{}/ns/net", child), O_RDONLY);
  const std::string port =
      fmt::format("veth{}{}", child,
                  endpoint.device == "eth0" ? "" : "." + endpoint.device.substr(3));
  links host;
  host.make_pair(
      {"veth"_id, "a cable: one end here, one inside"}, port, network_.name,
      {inside.get(), endpoint.device,
       endpoint.hardware.empty() ? hardware_address(endpoint.own) : endpoint.hardware});
  cable result(port, open(fmt::format("/proc/{}/net/protocols", child), O_RDONLY));
  host.set_hairpin({"hairpin-port"_id, "frames may return through their own port"}, port);
  return result;
}

// A bridge is up only when one of its ports is.
void bridge::settle(const cable& cable) const {
  links host;
  host.wait_until_up(cable.port());
  host.wait_until_up(network_.name);
}

published bridge::publish(const endpoint& endpoint,
                          const std::vector<published_port>& ports) const {
  return {network_, *members_, endpoint, ports};
}

void bridge::leave(bool keep) {
  if (keep || network_.stays) {
    members_.reset();
    forwarding_.reset();
    return;
  }
  if (members_) members_->leave([this](lock_file& record) { unmake(network_, record); });
  members_.reset();
  if (forwarding_) forwarding_->leave(put_back_forwarding);
  forwarding_.reset();
}

bridge::~bridge() {
  try {
    leave();
  } catch (const std::exception& failure) {
    narration::warn(fmt::format("bridge {}: {}", network_.name, failure.what()));
  }
}

cable::cable(std::string port, unique_fd protocols)
    : port_(std::move(port)), protocols_(std::move(protocols)) {}

void cable::pull() {
  if (links::index(port_) == 0) return;
  links().lower({"port-down"_id, "its address can be used again"}, port_);
  has_sockets(protocols_) ? remove() : protocols_.reset();
}

void cable::remove() {
  protocols_.reset();
  if (links::index(port_) == 0) return;
  links().remove({"remove-cable"_id, "its connections end too"}, port_);
}

cable::~cable() {
  try {
    if (protocols_) remove();
  } catch (const std::exception& failure) {
    narration::warn(fmt::format("cable {}: {}", port_, failure.what()));
  }
}

void configure(const endpoint& endpoint) {
  links inside;
  inside.raise({"lo"_id, "its own 127.0.0.1"}, "lo");
  if (const auto file = sysctl_of("ipv6", endpoint.device, "disable_ipv6"); exists(file))
    write_file({"no-ipv6"_id, "no automatic IPv6 addresses"}, file, "1");
  inside.add_address({"address"_id, "its own address"}, endpoint.device, endpoint.own,
                     endpoint.prefix);
  inside.raise({"eth0"_id, "its end of the cable"}, endpoint.device);
  if (endpoint.way_out)
    inside.add_default_route({"route"_id, "everything else through the host"},
                             endpoint.gateway);
  inside.wait_until_up(endpoint.device);
}

}  // namespace zoomin::net
