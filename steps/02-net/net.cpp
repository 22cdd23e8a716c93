// SPDX-License-Identifier: MIT
#include "02-net/net.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <sstream>

#include "02-net/link.hpp"
#include "02-net/nft_rules.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

using namespace sys;

namespace {

constexpr const char* ip_forward = "/proc/sys/net/ipv4/ip_forward";

const narration::mechanism about_release("release", "take down its network");

std::string sysctl_of(const char* version, const std::string& link, const char* name) {
  return fmt::format("/proc/sys/net/{}/conf/{}/{}", version, link, name);
}

// Returns the file of the setting that lets packets for 127.0.0.0/8 pass a bridge.
std::string route_localnet(const network& net) {
  return sysctl_of("ipv4", net.name, "route_localnet");
}

// The cable is named after the process, since the one of an earlier run may still exist
// for a moment.
std::string port_name(pid_t child, const std::string& device) {
  return fmt::format("veth{}{}", child, device == "eth0" ? "" : "." + device.substr(3));
}

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

}  // namespace

// --- on the host: once for a network ---

bool forwards_packets() { return read_file(ip_forward).front() != '0'; }

void forward_packets() {
  write_file({"forward"_id, "the host forwards packets"}, ip_forward, "1");
}

void make_bridge(const network& net) {
  // Task 2.1 begins.
  const address gateway = net.pool.gateway();
  links host;
  host.make_bridge({"bridge"_id, "a switch in the kernel", net.name}, net.name,
                   hardware_address(gateway));
  host.add_address({"bridge.address"_id, "the host's address on it", gateway.text()},
                   net.name, gateway, net.pool.prefix);
  // Task 2.1 ends.
}

void make_table(const network& net, const std::vector<nft::command>& more) {
  auto commands = table_of(net.name, net.pool.text(), net.internal);
  commands.insert(commands.end(), more.begin(), more.end());
  nft::run(commands);
  write_file({"rules.localnet"_id, "the host's 127.0.0.1:PORT can lead here"},
             route_localnet(net), "1");
}

// --- on the host: for each container ---

cable connect(pid_t child, const network& net, const endpoint& endpoint) {
  const auto inside = open(fmt::format("/proc/{}/ns/net", child), O_RDONLY);
  const std::string port = port_name(child, endpoint.device);
  const std::string hardware =
      endpoint.hardware.empty() ? hardware_address(endpoint.own) : endpoint.hardware;
  links host;
  // Task 2.2 begins.
  host.make_pair({"veth"_id, "a cable, one end here, one inside", port}, port, net.name,
                 {inside.get(), endpoint.device, hardware});
  // Task 2.2 ends.
  cable result(port, open(fmt::format("/proc/{}/net/protocols", child), O_RDONLY));
  host.set_hairpin({"veth.hairpin"_id, "frames may return through their own port"}, port);
  return result;
}

void publish(const network& net, address own, const std::vector<published_port>& ports) {
  // Task 2.4 begins.
  std::vector<nft::command> commands;
  for (const auto& port : ports)
    commands.push_back(add_element(net.name, port.map(), port.element(own)));
  nft::run(commands);
  // Task 2.4 ends.
}

// A bridge is up only when one of its ports is.
void settle(const network& net, const cable& cable) {
  links host;
  host.wait_until_up(cable.port());
  host.wait_until_up(net.name);
}

// --- in the container ---

void configure(const endpoint& endpoint) {
  links inside;
  inside.raise({"address.lo"_id, "its own 127.0.0.1"}, "lo");
  if (const auto file = sysctl_of("ipv6", endpoint.device, "disable_ipv6"); exists(file))
    write_file({"address.no-ipv6"_id, "no automatic IPv6 addresses"}, file, "1");
  // Task 2.3 begins.
  inside.add_address({"address"_id, "its own address", endpoint.own.text()},
                     endpoint.device, endpoint.own, endpoint.prefix);
  inside.raise({"address.up"_id, "its end of the cable", endpoint.device},
               endpoint.device);
  if (endpoint.way_out)
    inside.add_default_route({"address.route"_id, "everything else through the host"},
                             endpoint.gateway);
  // Task 2.3 ends.
  inside.wait_until_up(endpoint.device);
}

// --- at the end, on the host ---

cable::cable(std::string port, unique_fd protocols)
    : port_(std::move(port)), protocols_(std::move(protocols)) {}

void cable::pull() {
  if (links::index(port_) == 0) return;
  links().lower({"release.port"_id, "its address can be used again", port_}, port_);
  has_sockets(protocols_) ? remove() : protocols_.reset();
}

void cable::remove() {
  protocols_.reset();
  if (links::index(port_) == 0) return;
  links().remove({"release.cable"_id, "its connections end too", port_}, port_);
}

cable::~cable() {
  try {
    if (protocols_) remove();
  } catch (const std::exception& failure) {
    narration::warn(fmt::format("cable {}: {}", port_, failure.what()));
  }
}

void withdraw(const network& net, const std::vector<published_port>& ports) {
  for (const auto& port : ports)
    nft::run_unless(ENOENT, {delete_element(net.name, port.map(), port.key())});
}

void remove_bridge(const network& net) {
  if (links::index(net.name) != 0)
    links().remove({"release.bridge"_id, "the last container has left", net.name},
                   net.name);
}

void close_loopback(const network& net) {
  const auto file = route_localnet(net);
  if (exists(file) && read_file(file).front() != '0')
    write_file({"release.localnet"_id, "not without loopback_guard"}, file, "0");
}

void remove_table(const network& net) {
  close_loopback(net);
  nft::run({{{"release.rules"_id, "with all its rules"}, "delete table ip " + net.name}});
}

void stop_forwarding() {
  write_file({"release.forward"_id, "as it was before"}, ip_forward, "0");
}

}  // namespace zoomin::net
