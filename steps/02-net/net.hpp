// SPDX-License-Identifier: MIT
// net: gives a container its own network stack, connected to the host by a veth pair and
// a bridge.
//
// Kernel mechanism: network_namespaces(7), veth(4), rtnetlink(7), nft(8).
// Order, and who does what (CAP_NET_ADMIN on both sides):
//   host                                    inside (the new process)
//   forward_packets()     once
//   make_bridge(…)        a switch
//   make_table(…)         rules for addresses and ports
//   (clone3 with CLONE_NEWNET)
//   connect(child, …)     the cable         waits at its gate
//   publish(…)            ports
//   (the gate opens)                        configure(): raises lo and eth0,
//   settle(…)             frames pass         address, route
//   (it ends)
//   cable.pull()
//   withdraw(…)           the ports
//   remove_bridge(…), remove_table(…)
// That is all for a single container. Programs that share a bridge call these functions
// through coordination/shared_bridge.hpp, in the same order.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "02-net/address.hpp"
#include "02-net/nft.hpp"
#include "02-net/ports.hpp"
#include "common/fd.hpp"

namespace zoomin::net {

// A network: the containers that can reach each other. The bridge, the nft table (ip
// NAME) and the directory of its locks are called `name`.
struct network {
  std::string name = "zoomin0";
  subnet pool = default_pool;
  bool internal = false;  // no traffic to or from other networks
  bool stays = false;     // in the kernel after its last container, until take_down()
  std::optional<subnet> range{};  // addresses are chosen from it; by default from `pool`
};

// The container's end of a cable, with everything that configure() needs.
struct endpoint {
  address own;
  int prefix = 0;
  address gateway;
  bool way_out = true;  // the gateway is its default route
  std::string device = "eth0";
  std::string hardware{};  // its hardware address; empty: derived from `own`
};

// --- on the host: once for a network ---

// Makes the host forward packets that aren't for itself, ip(7), ip_forward; or stops it.
void forward_packets();
void stop_forwarding();
[[nodiscard]] bool forwards_packets();

// Makes the bridge and gives it the gateway's address.
void make_bridge(const network& net);
// Does nothing if there is no bridge. Remove the bridge before its table: without the
// table it would let in forbidden packets.
void remove_bridge(const network& net);

// Makes the table with the rules of nft_rules.hpp, and executes `more` in the same
// transaction. From then on the host's 127.0.0.1:PORT can lead into the network.
void make_table(const network& net, const std::vector<nft::command>& more = {});
void remove_table(const network& net);
// Stops traffic from the host's 127.0.0.1 into the network. Call it when there is no
// table: without the chain loopback_guard each container could reach the services that
// the host offers only to itself.
void close_loopback(const network& net);

// --- on the host: for each container ---

// A veth pair from a bridge to a container.
class cable {
 public:
  // `port` is the outer end. `protocols` is /proc/PID/net/protocols of a process at the
  // inner end, proc_pid_net(5): it counts the sockets there. While it is open, the
  // network namespace stays.
  cable(std::string port, unique_fd protocols);
  cable(cable&&) noexcept = default;
  cable& operator=(cable&&) = delete;
  ~cable();  // removes it unless pull() was called; a failure is only a warning
  // Stops all traffic, so that the address can be used again. The kernel removes the
  // cable with the namespace; if connections keep the namespace, pull() removes it.
  void pull();
  // Removes the cable, even if processes still use it.
  void remove();
  [[nodiscard]] const std::string& port() const { return port_; }

 private:
  std::string port_;
  unique_fd protocols_;
};

// Makes the cable. Its outer end, named after `child`, becomes a port of the bridge;
// endpoint.device appears in the child's network namespace.
[[nodiscard]] cable connect(pid_t child, const network& net, const endpoint& endpoint);
// Waits, at most a second, until the bridge forwards the frames of a cable, so that not
// even the command's first packet is lost. Call it when the child has raised its end.
void settle(const network& net, const cable& cable);

// Makes ports of the host lead to the container's address `own`.
void publish(const network& net, address own, const std::vector<published_port>& ports);
// Undoes publish(). The container's address and port don't matter.
void withdraw(const network& net, const std::vector<published_port>& ports);

// --- in the container ---

// Configures the network in the container: raises lo and endpoint.device, adds the
// address, and makes the gateway the default route.
void configure(const endpoint& endpoint);

}  // namespace zoomin::net
