// SPDX-License-Identifier: MIT
#include "02-net/link.hpp"

#include <fmt/format.h>
#include <linux/if_bridge.h>
#include <net/if.h>
#include <netlink/addr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/route.h>
#include <netlink/socket.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <functional>
#include <memory>

#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

namespace {

// libnl counts references; this deleter drops ours.
template <auto Free>
struct put {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using owned_link = std::unique_ptr<rtnl_link, put<::rtnl_link_put>>;
using owned_address = std::unique_ptr<nl_addr, put<::nl_addr_put>>;

owned_link link_named(const std::string& name) {
  owned_link link(::rtnl_link_alloc());
  ::rtnl_link_set_name(link.get(), name.c_str());
  return link;
}

// Does the same as if_nametoindex(3), which would open a new socket: any existing one
// will do, netdevice(7).
int index_of(const rtnetlink& socket, const std::string& name) {
  ifreq request{};
  name.copy(static_cast<char*>(request.ifr_name), IFNAMSIZ - 1);
  sys::check("ioctl(SIOCGIFINDEX)", name, [&] {
    return ::ioctl(::nl_socket_get_fd(socket.get()), SIOCGIFINDEX, &request);
  });
  return request.ifr_ifindex;
}

owned_address to_hardware_address(const std::string& text) {
  nl_addr* parsed = nullptr;
  ::nl_addr_parse(text.c_str(), AF_LLC, &parsed);
  return owned_address(parsed);
}

owned_address to_ipv4_address(address address, int prefix) {
  const std::uint32_t bytes = __builtin_bswap32(address.number);
  owned_address result(::nl_addr_build(AF_INET, &bytes, sizeof bytes));
  ::nl_addr_set_prefixlen(result.get(), prefix);
  return result;
}

// Returns the message that libnl has built. Throws if it has failed.
nl_msg* built(int result, nl_msg* message) {
  if (result < 0) throw sys::error(EINVAL, "rtnetlink", ::nl_geterror(result));
  return message;
}

// Ignores ENODEV: another program, or the kernel together with the other end's namespace,
// may have removed the link first.
void unless_gone(const std::function<void()>& change) {
  try {
    change();
  } catch (const sys::error& failure) {
    if (failure.number() != ENODEV) throw;
  }
}

nl_msg* add_request(rtnl_link* link) {
  nl_msg* message = nullptr;
  const int result =
      ::rtnl_link_build_add_request(link, NLM_F_CREATE | NLM_F_EXCL, &message);
  return built(result, message);
}

}  // namespace

void links::make_bridge(const why& reason, const std::string& name,
                        const std::string& address) {
  // Task 2.1 begins.
  const owned_link bridge(::rtnl_link_bridge_alloc());
  ::rtnl_link_set_name(bridge.get(), name.c_str());
  // Without an address of its own a bridge takes one of its ports', and changes it when
  // ports are added or removed.
  ::rtnl_link_set_addr(bridge.get(), to_hardware_address(address).get());
  ::rtnl_link_set_flags(bridge.get(), IFF_UP);
  socket_.ask(reason, add_request(bridge.get()), name);
  // Task 2.1 ends.
}

void links::make_pair(const why& reason, const std::string& name,
                      const std::string& bridge, const peer& other_end) {
  // Task 2.2 begins.
  const owned_link outer(::rtnl_link_veth_alloc());
  ::rtnl_link_set_name(outer.get(), name.c_str());
  ::rtnl_link_set_master(outer.get(), index_of(socket_, bridge));
  ::rtnl_link_set_flags(outer.get(), IFF_UP);
  const owned_link inner(::rtnl_link_veth_get_peer(outer.get()));
  ::rtnl_link_set_name(inner.get(), other_end.name.c_str());
  ::rtnl_link_set_addr(inner.get(), to_hardware_address(other_end.hardware).get());
  ::rtnl_link_set_ns_fd(inner.get(), other_end.network_namespace);
  socket_.ask(reason, add_request(outer.get()), name,
              fmt::format("a bridge has at most 1,023 ports; {} may be full", bridge));
  // Task 2.2 ends.
}

void links::set_hairpin(const why& reason, const std::string& port) {
  const owned_link link(::rtnl_link_alloc());
  ::rtnl_link_set_family(link.get(), AF_BRIDGE);
  ::rtnl_link_set_ifindex(link.get(), index_of(socket_, port));
  ::rtnl_link_bridge_set_flags(link.get(), RTNL_BRIDGE_HAIRPIN_MODE);
  nl_msg* message = nullptr;
  const int result =
      ::rtnl_link_build_change_request(link.get(), link.get(), 0, &message);
  built(result, message);
  ::nlmsg_hdr(message)->nlmsg_type = RTM_SETLINK;  // bridge ports accept no other
  socket_.ask(reason, message, port);
}

void links::add_address(const why& reason, const std::string& link, address address,
                        int prefix) {
  // Task 2.1 begins.
  const std::unique_ptr<rtnl_addr, put<::rtnl_addr_put>> added(::rtnl_addr_alloc());
  ::rtnl_addr_set_ifindex(added.get(), index_of(socket_, link));
  ::rtnl_addr_set_local(added.get(), to_ipv4_address(address, prefix).get());
  nl_msg* message = nullptr;
  const int result = ::rtnl_addr_build_add_request(added.get(), NLM_F_EXCL, &message);
  socket_.ask(reason, built(result, message),
              fmt::format("{} on {}", address.text(), link));
  // Task 2.1 ends.
}

void links::raise(const why& reason, const std::string& name) {
  const owned_link up = link_named(name);
  ::rtnl_link_set_flags(up.get(), IFF_UP);
  change(reason, name, up.get());
}

void links::lower(const why& reason, const std::string& name) {
  const owned_link down = link_named(name);
  ::rtnl_link_unset_flags(down.get(), IFF_UP);
  unless_gone([&] { change(reason, name, down.get()); });
}

void links::change(const why& reason, const std::string& name, rtnl_link* changes) {
  const owned_link before = link_named(name);
  ::rtnl_link_set_ifindex(before.get(), index_of(socket_, name));
  nl_msg* message = nullptr;
  const int result = ::rtnl_link_build_change_request(before.get(), changes, 0, &message);
  socket_.ask(reason, built(result, message), name);
}

void links::add_default_route(const why& reason, address gateway) {
  // Task 2.3 begins.
  const std::unique_ptr<rtnl_route, put<::rtnl_route_put>> added(::rtnl_route_alloc());
  ::rtnl_route_set_family(added.get(), AF_INET);
  ::rtnl_route_set_dst(added.get(), to_ipv4_address({}, 0).get());
  rtnl_nexthop* hop = ::rtnl_route_nh_alloc();  // the route will own it
  ::rtnl_route_nh_set_gateway(hop, to_ipv4_address(gateway, 32).get());
  ::rtnl_route_add_nexthop(added.get(), hop);
  nl_msg* message = nullptr;
  const int result =
      ::rtnl_route_build_add_request(added.get(), NLM_F_CREATE | NLM_F_EXCL, &message);
  socket_.ask(reason, built(result, message), "default via " + gateway.text());
  // Task 2.3 ends.
}

void links::remove(const why& reason, const std::string& name) {
  const owned_link link = link_named(name);
  nl_msg* message = nullptr;
  const int result = ::rtnl_link_build_delete_request(link.get(), &message);
  unless_gone([&] { socket_.ask(reason, built(result, message), name); });
}

}  // namespace zoomin::net
