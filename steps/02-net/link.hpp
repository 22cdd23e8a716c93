// SPDX-License-Identifier: MIT
// link: the few requests about links, addresses and routes that a container needs, each
// one message to the kernel: rtnetlink(7).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "02-net/address.hpp"
#include "02-net/rtnetlink.hpp"

struct rtnl_link;  // of libnl

namespace zoomin::net {

struct route {
  subnet to;
  std::string via;  // the gateway; empty where `to` is on the link
  std::string device;
};

// The links of the network namespace in which this is made. Needs CAP_NET_ADMIN there.
// Each function throws sys::error.
class links {
 public:
  using why = narration::why;

  // 0 where there is no such link.
  static int index(const std::string& name);

  void make_bridge(const why&, const std::string& name, const std::string& address);
  struct peer {
    int space;  // a network namespace
    std::string name, hardware;
  };
  // Both ends at once: `name` here, a port of `bridge`, up; and `other`, down, since the
  // kernel raises it only from inside.
  void make_pair(const why&, const std::string& name, const std::string& bridge,
                 const peer& other);
  // Lets the bridge send a frame back through the port it came from.
  void set_hairpin(const why&, const std::string& port);
  void add_address(const why&, const std::string& link, address address, int prefix);
  void raise(const why&, const std::string& name);
  void add_default_route(const why&, address gateway);
  // Both: one that has gone meanwhile is as good.
  void lower(const why&, const std::string& name);
  void remove(const why&, const std::string& name);
  // Waits until frames pass through a link, at most a second: the kernel sees to that a
  // moment after its other end was raised, netdevice(7), IFF_LOWER_UP.
  void wait_until_up(const std::string& name);
  // Waits until a link has gone, at most ten seconds: the kernel takes down a network
  // namespace a moment after its last process has ended.
  static void wait_until_gone(const std::string& name);

  // The main table's IPv4 routes.
  std::vector<route> routes();

  // For looking: all links' names; IPv4 addresses and their links; the index of a link's
  // other end, 0 where there is none; a link's name and the bridge it is a port of.
  std::vector<std::string> names();
  std::vector<std::pair<std::string, std::string>> addresses();
  int peer_index(const std::string& name);
  std::pair<std::string, std::string> name_and_bridge(int index);

 private:
  bool is_up(const std::string& name);
  void change(const why&, const std::string& name, rtnl_link* into);

  rtnetlink socket_;
};

}  // namespace zoomin::net
