// SPDX-License-Identifier: MIT
// A published port is an element of the table's maps while its container lives.
//
// A map reserves nothing on the host, so each port is also held by a bound socket that
// never listens: bind(2) fails if another program uses the port, and keeps others off.
#include "02-net/coordination/published_ports.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <functional>
#include <optional>
#include <sstream>
#include <utility>

#include "02-net/coordination/bridge_record.hpp"
#include "02-net/coordination/conntrack.hpp"
#include "02-net/coordination/free_port.hpp"
#include "02-net/nft_rules.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

namespace {

// Binds a socket to the port. Empty if another program uses it. Replaces a host_port of 0
// by the port that the kernel has chosen.
std::optional<unique_fd> try_hold(published_port& port) {
  const bool tcp = port.over == protocol::tcp;
  unique_fd held(sys::check("socket", port.text(), [&] {
    return ::socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
  }));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port.host_port);
  at.sin_addr.s_addr = htonl(port.host.value_or(address{}).number);
  socklen_t size = sizeof at;
  auto* const address_at = reinterpret_cast<sockaddr*>(&at);
  if (::bind(held.get(), address_at, size) == 0) {
    if (port.host_port == 0 && ::getsockname(held.get(), address_at, &size) == 0)
      port.host_port = ntohs(at.sin_port);
    return held;
  }
  if (errno == EADDRINUSE) return std::nullopt;
  if (errno == EADDRNOTAVAIL)
    throw usage_error(fmt::format("--publish {}: {} is not an address of this host",
                                  port.text(), port.host->text()),
                      "`ip -brief address` lists its addresses");
  throw sys::error(errno, "bind", port.text());
}

unique_fd hold(published_port& port) {
  return bind_free_port(
      port, try_hold,
      fmt::format("`ss -{}np 'sport = :{}'` shows the program that uses it",
                  port.over == protocol::tcp ? "lt" : "lu", port.host_port));
}

// Calls `visit` with the map and the element of each line of a record.
void for_each_line(const std::string& record,
                   const std::function<void(const std::string& map,
                                            const std::string& element)>& visit) {
  std::istringstream lines(record);
  for (std::string map, element; lines >> map && std::getline(lines >> std::ws, element);)
    visit(map, element);
}

// Removes the elements that the record of an ended container names.
void remove_elements(const network& net, const std::string& record) {
  const auto ports = ports_in(record);
  withdraw(net, ports);
  conntrack::forget(ports);
}

// Removes the elements and the record of a killed owner, which no longer holds its lock.
void reap_if_dead(const network& net, const std::string& path) {
  lock_file record(path);
  if (!record.try_lock()) return;
  remove_elements(net, record.content());
  record.remove();
}

std::string file_of(const network& net, address own) {
  return fmt::format("{}/{}.lock", publish_directory(net), own.text());
}

}  // namespace

std::string publish_directory(const network& net) {
  return directory_of(net) + "/published";
}

std::string records_of_living(const network& net) {
  std::string result;
  const auto directory = publish_directory(net);
  for (const auto& name : sys::list_directory(directory)) {
    lock_file record(directory + "/" + name);
    if (!record.try_lock()) result += record.content();
  }
  return result;
}

std::vector<nft::command> elements_in(const network& net, const std::string& record) {
  std::vector<nft::command> commands;
  for_each_line(record, [&](const auto& map, const auto& element) {
    commands.push_back(add_element(net.name, map, element));
  });
  return commands;
}

std::vector<published_port> ports_in(const std::string& record) {
  std::vector<published_port> ports;
  for_each_line(record, [&](const auto&, const auto& element) {
    ports.push_back(published_port::of_key(element.substr(0, element.find(" : "))));
  });
  return ports;
}

void reap_dead(const network& net) {
  const auto directory = publish_directory(net);
  for (const auto& name : sys::list_directory(directory))
    reap_if_dead(net, directory + "/" + name);
}

published_ports::published_ports(const network& network, const shared_object& bridge,
                                 const endpoint& endpoint,
                                 std::vector<published_port> ports)
    : network_(network), ports_(std::move(ports)) {
  if (ports_.empty()) return;
  for (auto& port : ports_) held_.push_back(hold(port));
  const lock_file alone = bridge.lock_door();
  reap_dead(network_);
  record_ = lock_file(file_of(network_, endpoint.own));
  record_.try_lock();
  std::string undo;
  for (const auto& port : ports_)
    undo += fmt::format("{} {}\n", port.map(), port.element(endpoint.own));
  record_.write(undo);
  publish(network_, endpoint.own, ports_);
  conntrack::forget(ports_);
}

// Usually there is no such record, and then the door lock isn't needed.
void published_ports::reap(const network& network, const shared_object& bridge,
                           address own) {
  const std::string path = file_of(network, own);
  if (!sys::exists(path)) return;
  const lock_file alone = bridge.lock_door();
  reap_if_dead(network, path);
}

void published_ports::withdraw() {
  if (record_) {
    remove_elements(network_, record_.content());
    record_.remove();
  }
  record_ = {};
  held_.clear();
}

published_ports::~published_ports() {
  try {
    withdraw();
  } catch (const std::exception& failure) {
    narration::warn(fmt::format("published ports: {}", failure.what()));
  }
}

}  // namespace zoomin::net
