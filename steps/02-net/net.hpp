// SPDX-License-Identifier: MIT
// net: a network stack of its own, joined to the host by a veth pair and a bridge.
//
// Kernel mechanism: network_namespaces(7), veth(4), rtnetlink(7), nft(8).
// Order, and who does what (CAP_NET_ADMIN on both sides):
//   host                                    inside (the new process)
//   bridge net(network)   makes it, or joins
//   net.reserve(id)       an address
//   (the process is born with CLONE_NEWNET)
//   net.connect(child, …) the cable         waits at its gate
//   net.publish(…)        ports
//   (the gate opens)                        configure(): raises lo and eth0,
//   net.settle(…)         frames pass         address, route
//   (it ends)
//   cable.pull(), ports.withdraw(), net.leave()
// The address, the ports and the membership belong to this process by file locks and
// sockets: the kernel frees them when it dies. The cable dies with the namespace, which a
// connection of a dead process may keep for minutes. What then stays (the last one's
// bridge and table) is used, and then removed, by whoever comes next.
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

// A network: all containers that can reach each other. `name` is that of the bridge, of
// the nft table (ip NAME) and of a directory for its locks.
struct network {
  std::string name = "zoomin0";
  subnet pool = default_pool;
  bool internal = false;  // no way out of it
  bool stays = false;     // in the kernel after its last container, until take_down()
  std::optional<subnet> range{};  // where addresses are chosen from; else all of `pool`
};

// All that the inside needs to know.
struct endpoint {
  address own;
  int prefix = 0;
  address gateway;
  bool way_out = true;
  std::string device = "eth0";
  std::string hardware{};  // its hardware address; empty: one made of `own`
};

// An address that is ours until this is destroyed, or its process dies.
struct lease {
  lock_file file;
  endpoint place;
};

// Ports of the host that lead to a container.
class published {
 public:
  published(const network& network, const shared_object& door, const endpoint& to,
            std::vector<published_port> ports);
  published(published&&) noexcept = default;
  published& operator=(published&&) = delete;
  ~published();  // withdraws; what fails is a warning
  void withdraw();
  // Withdraws what a killed owner of the address `own` published, so that it doesn't lead
  // to the next owner. Whoever has that address now calls it.
  static void reap(const network& from, const shared_object& door, address own);
  // Each with the port of the host's that it got.
  [[nodiscard]] const std::vector<published_port>& ports() const { return ports_; }

 private:
  network network_;
  std::vector<published_port> ports_;
  std::vector<unique_fd> held_;  // bound, so that no other program gets these ports
  lock_file record_;             // what to undo if we are killed
};

// From a bridge to a container.
class cable {
 public:
  // `port`: the outer end. `protocols`: /proc/PID/net/protocols of where the inner one
  // is, proc_pid_net(5): how many sockets there are. Open, it keeps that network
  // namespace.
  cable(std::string port, unique_fd protocols);
  cable(cable&&) noexcept = default;
  cable& operator=(cable&&) = delete;
  ~cable();  // removes it, unless it was pulled; what fails is a warning
  // Nothing passes any more, so that the address can be another one's. The kernel removes
  // it with the namespace; one whose connections outlive the last process we remove.
  void pull();
  // While there is somebody inside.
  void remove();
  [[nodiscard]] const std::string& port() const { return port_; }

 private:
  std::string port_;
  unique_fd protocols_;
};

class bridge {
 public:
  // The first one turns forwarding on and makes the bridge, its address, and the nft
  // table; the others join, and make anew what other programs took away: restore.hpp.
  // Throws usage_error where a route overlaps with the pool, or the bridge is in use with
  // another one.
  explicit bridge(const network& wanted);
  bridge(bridge&&) = delete;
  bridge& operator=(bridge&&) = delete;
  ~bridge();  // leaves; what fails is a warning

  // An address nobody has: `wanted`, or the first free one from a place given by `id`.
  // Throws usage_error where it is taken, or all are.
  [[nodiscard]] lease reserve(const std::string& id,
                              std::optional<address> wanted = {}) const;
  // Lays the cable: its outer end, named after the `child`, on the bridge; place.device
  // in the child's network namespace.
  [[nodiscard]] cable connect(pid_t child, const endpoint& endpoint) const;
  // After the child has raised its end: waits until the bridge passes on its frames, so
  // that not even the command's first packet is lost. At most a second.
  void settle(const cable& through) const;
  // Throws usage_error where a port is taken, or of an address that isn't the host's.
  [[nodiscard]] published publish(const endpoint& to,
                                  const std::vector<published_port>& ports) const;
  // Leaves the network. The last member removes what the first one made, but not with
  // `keep`, and not if the network stays.
  void leave(bool keep = false);

 private:
  void join();

  network network_;
  std::optional<shared_object> forwarding_;
  std::optional<shared_object> members_;
};

// Removes a network that stays from the kernel: its bridge, table and rules in other
// programs' firewalls, and forwarding with the last one. Returns false where somebody
// uses it.
bool take_down(const network& net);

// Inside: raises lo and its device, takes the address, and the gateway as the way out.
void configure(const endpoint& endpoint);

}  // namespace zoomin::net
