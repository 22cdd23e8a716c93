// SPDX-License-Identifier: MIT
// shared_bridge: a bridge for the containers of several programs, which start and end, or
// are killed, at any time.
//
//   host                                    inside (the new process)
//   shared_bridge bridge(net)  makes or joins it
//   bridge.reserve(id)         an address
//   (clone3 with CLONE_NEWNET)
//   bridge.connect(child, …)   the cable    waits at its gate
//   bridge.publish(…)          ports
//   (the gate opens)                        configure(), net.hpp
//   bridge.settle(…)
//   (it ends)
//   cable.pull(), ports.withdraw(), bridge.leave()
// This process owns the address, the ports and its use of the bridge by file locks and
// sockets, which the kernel frees when it dies. The cable disappears with the namespace,
// which a connection of a dead process may keep for minutes. If the last user of a bridge
// is killed, its bridge and table stay; the next container uses them, and removes them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "02-net/coordination/ownership.hpp"
#include "02-net/coordination/published_ports.hpp"
#include "02-net/net.hpp"

namespace zoomin::net {

// An address that this process owns until the object is destroyed or the process dies.
struct lease {
  lock_file file;
  net::endpoint endpoint;
};

class shared_bridge {
 public:
  // Turns forwarding on and makes the bridge, its address and the nft table, or joins an
  // existing bridge and restores what other programs have removed: restore.hpp. Throws
  // usage_error if a route overlaps with the pool, or the bridge is in use with another
  // pool.
  explicit shared_bridge(const network& network);
  shared_bridge(shared_bridge&&) = delete;
  shared_bridge& operator=(shared_bridge&&) = delete;
  ~shared_bridge();  // leaves; a failure is only a warning

  // Reserves the address `requested`, or a free one, searched from a position that
  // follows from `id`. Throws usage_error if it is, or all are, in use.
  [[nodiscard]] lease reserve(const std::string& id,
                              std::optional<address> requested = {}) const;
  // See net.hpp.
  [[nodiscard]] cable connect(pid_t child, const endpoint& endpoint) const {
    return net::connect(child, network_, endpoint);
  }
  void settle(const cable& cable) const { net::settle(network_, cable); }
  // Publishes ports. Throws usage_error if a port is in use, or is to be published at an
  // address that isn't the host's.
  [[nodiscard]] published_ports publish(const endpoint& endpoint,
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

}  // namespace zoomin::net
