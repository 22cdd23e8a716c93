// SPDX-License-Identifier: MIT
// Published ports: elements of the table's maps while their container lives.
//
// A map reserves nothing on the host, so each port is also held by a bound socket that
// never listens: bind(2) finds out whether anyone has it, and keeps others off.
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <sstream>

#include "02-net/net.hpp"
#include "02-net/nft.hpp"
#include "02-net/publish.hpp"
#include "02-net/restore.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

using namespace sys;

namespace {

unique_fd hold(published_port& port) {
  const bool tcp = port.over == protocol::tcp;
  unique_fd held(sys::check("socket", port.text(), [&] {
    return ::socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
  }));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port.host_port);
  at.sin_addr.s_addr = htonl(port.host.value_or(address{}).number);
  socklen_t size = sizeof at;
  auto* const place = reinterpret_cast<sockaddr*>(&at);
  if (::bind(held.get(), place, size) == 0) {
    if (port.host_port == 0 && ::getsockname(held.get(), place, &size) == 0)
      port.host_port = ntohs(at.sin_port);
    return held;
  }
  if (errno == EADDRINUSE)
    throw usage_error(fmt::format("--publish {}: port {} of the host is taken",
                                  port.text(), port.host_port),
                      fmt::format("`ss -{}np 'sport = :{}'` names a program that has it",
                                  tcp ? "lt" : "lu", port.host_port));
  if (errno == EADDRNOTAVAIL)
    throw usage_error(fmt::format("--publish {}: {} is no address of this host",
                                  port.text(), port.host->text()),
                      "`ip -brief address` lists them");
  throw sys::error(errno, "bind", port.text());
}

// The elements that a record names lead to a dead container.
void remove_elements(const network& net, const std::string& record) {
  std::istringstream lines(record);
  for (std::string map, element; lines >> map && std::getline(lines >> std::ws, element);)
    nft::run_unless(
        ENOENT,
        {{{"unpublish"_id, "the port is the host's again"},
          element_command(net, "delete", map, element.substr(0, element.find(" : ")))}});
}

}  // namespace

std::string element_command(const network& net, const char* verb, const std::string& map,
                            const std::string& element) {
  return fmt::format("{} element ip {} {} {{ {} }}", verb, net.name, map, element);
}

std::string publish_directory(const network& net) {
  return directory_of(net) + "/published";
}

void reap_dead(const network& net) {
  const auto directory = publish_directory(net);
  for (const auto& name : sys::list_directory(directory)) {
    lock_file record(directory + "/" + name);
    if (!record.try_lock()) continue;
    remove_elements(net, record.content());
    record.remove();
  }
}

published::published(const network& of, const membership& door, const endpoint& to,
                     std::vector<published_port> ports)
    : network_(of), ports_(std::move(ports)) {
  if (ports_.empty()) return;
  for (auto& port : ports_) held_.push_back(hold(port));
  const lock_file alone = door.alone();
  const std::string directory = publish_directory(network_);
  reap_dead(network_);
  record_ = lock_file(fmt::format("{}/{}.lock", directory, to.own.text()));
  record_.try_lock();
  std::string undo;
  std::vector<nft::command> add;
  for (const auto& port : ports_) {
    undo += fmt::format("{} {}\n", port.map(), port.element(to.own));
    add.push_back({{"publish"_id, "a port of the host leads inside"},
                   element_command(network_, "add", port.map(), port.element(to.own))});
  }
  record_.write(undo);
  nft::run(add);
}

void published::withdraw() {
  if (record_) {
    remove_elements(network_, record_.content());
    record_.remove();
  }
  record_ = {};
  held_.clear();
}

published::~published() {
  try {
    withdraw();
  } catch (const std::exception& failure) {
    narration::warn(fmt::format("published ports: {}", failure.what()));
  }
}

}  // namespace zoomin::net
