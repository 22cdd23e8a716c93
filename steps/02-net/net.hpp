// SPDX-License-Identifier: MIT
// net: gives a container its own network stack, connected to the host by a veth pair and
// a bridge.
//
// Kernel mechanism: network_namespaces(7), veth(4), rtnetlink(7), nft(8).
// Order, and who does what (CAP_NET_ADMIN on both sides):
//   host                                    inside (the new process)
//   bridge net(network)   makes or joins it
//   net.reserve(id)       an address
//   (clone3 with CLONE_NEWNET)
//   net.connect(child, …) the cable         waits at its gate
//   net.publish(…)        ports
//   (the gate opens)                        configure(): raises lo and eth0,
//   net.settle(…)         frames pass         address, route
//   (it ends)
//   cable.pull(), ports.withdraw(), net.leave()
// This process owns the address, the ports and its use of the bridge by file locks and
// sockets, which the kernel frees when it dies. The cable disappears with the namespace,
// which a connection of a dead process may keep for minutes. If the last user of a bridge
// is killed, its bridge and table stay; the next container uses them, and removes them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "02-net/address.hpp"
#include "02-net/coordination/lease.hpp"
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

// An address that this process owns until the object is destroyed or the process dies.
struct lease {
  lock_file file;
  net::endpoint endpoint;
};

// The published ports of a container.
class published {
 public:
  published(const network& network, const shared_object& door, const endpoint& to,
            std::vector<published_port> ports);
  published(published&&) noexcept = default;
  published& operator=(published&&) = delete;
  ~published();  // withdraws; a failure is only a warning
  void withdraw();
  // Withdraws the ports that a killed owner of the address `own` has published, so that
  // they don't lead to its next owner. Call it as the current owner of the address.
  static void reap(const network& network, const shared_object& door, address own);
  // Returns the ports, each with the host port that was chosen for it.
  [[nodiscard]] const std::vector<published_port>& ports() const { return ports_; }

 private:
  network network_;
  std::vector<published_port> ports_;
  std::vector<unique_fd> held_;  // bound, so that no other program gets these ports
  lock_file record_;             // what the next process must undo if this one is killed
};

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

class bridge {
 public:
  // Turns forwarding on and makes the bridge, its address and the nft table, or joins an
  // existing bridge and restores what other programs have removed: restore.hpp. Throws
  // usage_error if a route overlaps with the pool, or the bridge is in use with another
  // pool.
  explicit bridge(const network& network);
  bridge(bridge&&) = delete;
  bridge& operator=(bridge&&) = delete;
  ~bridge();  // leaves; a failure is only a warning

  // Reserves the address `requested`, or a free one, searched from a position that
  // follows from `id`. Throws usage_error if it is, or all are, in use.
  [[nodiscard]] lease reserve(const std::string& id,
                              std::optional<address> requested = {}) const;
  // Makes the cable. Its outer end, named after `child`, becomes a port of the bridge;
  // endpoint.device appears in the child's network namespace.
  [[nodiscard]] cable connect(pid_t child, const endpoint& endpoint) const;
  // Waits, at most a second, until the bridge forwards the frames of a cable, so that not
  // even the command's first packet is lost. Call it when the child has raised its end.
  void settle(const cable& cable) const;
  // Publishes ports. Throws usage_error if a port is in use, or is to be published at an
  // address that isn't the host's.
  [[nodiscard]] published publish(const endpoint& endpoint,
                                  const std::vector<published_port>& ports) const;
  // Leaves the network. The last container removes the bridge and everything that was
  // made with it, unless `keep` is set or the network stays.
  void leave(bool keep = false);

 private:
  void join();

  network network_;
  std::optional<shared_object> forwarding_;
  std::optional<shared_object> members_;
};

// Removes a network that stays from the kernel: its bridge, table and rules in other
// programs' firewalls, and with the last network also forwarding. Returns false if the
// network is in use.
bool take_down(const network& net);

// Configures the network in the container: raises lo and endpoint.device, adds the
// address, and makes the gateway the default route.
void configure(const endpoint& endpoint);

}  // namespace zoomin::net
