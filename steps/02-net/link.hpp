// SPDX-License-Identifier: MIT
// link: requests about links, addresses and routes, each one message to the kernel:
// rtnetlink(7).
#pragma once

#include <string>
#include <utility>

#include "02-net/address.hpp"
#include "02-net/rtnetlink.hpp"

struct rtnl_link;  // of libnl

namespace zoomin::net {

// The links of the network namespace in which the object is made. Needs CAP_NET_ADMIN
// there. Each function throws sys::error.
class links {
 public:
  using why = narration::why;

  void make_bridge(const why&, const std::string& name, const std::string& address);
  struct peer {
    int network_namespace;  // a descriptor
    std::string name, hardware;
  };
  // Makes both ends of a veth pair: `name` here, up, as a port of `bridge`, and the other
  // end, down, since only its own namespace can raise it.
  void make_pair(const why&, const std::string& name, const std::string& bridge,
                 const peer& other_end);
  // Lets the bridge send a frame back through the port it came from.
  void set_hairpin(const why&, const std::string& port);
  void add_address(const why&, const std::string& link, address address, int prefix);
  void raise(const why&, const std::string& name);
  void add_default_route(const why&, address gateway);
  // Lower or remove a link. It is no error if the link has disappeared meanwhile.
  void lower(const why&, const std::string& name);
  void remove(const why&, const std::string& name);

  // --- link_state.cpp ---

  // Returns the index of a link, or 0 if there is none of that name.
  static int index(const std::string& name);
  // Waits, at most a second, until a link passes frames. The kernel needs a moment after
  // the other end was raised, netdevice(7), IFF_LOWER_UP.
  void wait_until_up(const std::string& name);
  // Waits, at most ten seconds, until a link has disappeared. The kernel removes a
  // network namespace a moment after its last process has ended.
  static void wait_until_gone(const std::string& name);
  // Returns the index of a link's other end, or 0 if it has none.
  int peer_index(const std::string& name);
  // Returns a link's name, and that of the bridge that it is a port of. Both are empty if
  // there is no such link.
  std::pair<std::string, std::string> name_and_bridge(int index);

 private:
  bool is_up(const std::string& name);
  void change(const why&, const std::string& name, rtnl_link* changes);

  rtnetlink socket_;
};

}  // namespace zoomin::net
