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
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>

#include "common/error.hpp"
#include "common/fd.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

namespace {

// libnl counts references; each of ours is given back once.
template <auto Free>
struct gives_back {
  template <typename T>
  void operator()(T* item) const {
    Free(item);
  }
};
using owned_link = std::unique_ptr<rtnl_link, gives_back<::rtnl_link_put>>;
using owned_address = std::unique_ptr<nl_addr, gives_back<::nl_addr_put>>;

owned_link named(const std::string& name) {
  owned_link one(::rtnl_link_alloc());
  ::rtnl_link_set_name(one.get(), name.c_str());
  return one;
}

// As if_nametoindex(3), which would open a socket for it: any does, netdevice(7).
int index_of(const rtnetlink& socket, const std::string& name) {
  ifreq wanted{};
  name.copy(static_cast<char*>(wanted.ifr_name), IFNAMSIZ - 1);
  sys::check("ioctl(SIOCGIFINDEX)", name, [&] {
    return ::ioctl(::nl_socket_get_fd(socket.get()), SIOCGIFINDEX, &wanted);
  });
  return wanted.ifr_ifindex;
}

owned_address hardware(const std::string& text) {
  nl_addr* parsed = nullptr;
  ::nl_addr_parse(text.c_str(), AF_LLC, &parsed);
  return owned_address(parsed);
}

owned_address internet(address address, int prefix) {
  const std::uint32_t bytes = __builtin_bswap32(address.number);
  owned_address made(::nl_addr_build(AF_INET, &bytes, sizeof bytes));
  ::nl_addr_set_prefixlen(made.get(), prefix);
  return made;
}

// libnl builds a message or answers with an error of its own.
nl_msg* built(int result, nl_msg* message) {
  if (result < 0) throw sys::error(EINVAL, "rtnetlink", ::nl_geterror(result));
  return message;
}

// Another program, or the kernel with the other end's namespace, may be faster.
void unless_gone(const std::function<void()>& act) {
  try {
    act();
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

int links::index(const std::string& name) {
  const auto found = static_cast<int>(::if_nametoindex(name.c_str()));
  if (found != 0 || errno == ENODEV) return found;
  // It had no socket to ask with, and left another errno than that of socket(2).
  const unique_fd socket(sys::check("socket", "for the index of " + name, [] {
    return ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  }));
  return static_cast<int>(::if_nametoindex(name.c_str()));
}

void links::make_bridge(const why& reason, const std::string& name,
                        const std::string& address) {
  const owned_link bridge(::rtnl_link_bridge_alloc());
  ::rtnl_link_set_name(bridge.get(), name.c_str());
  // Its own: else a bridge takes that of a port, and changes it as ports come and go.
  ::rtnl_link_set_addr(bridge.get(), hardware(address).get());
  ::rtnl_link_set_flags(bridge.get(), IFF_UP);
  socket_.ask(reason, add_request(bridge.get()), name);
}

void links::make_pair(const why& reason, const std::string& name,
                      const std::string& bridge, const peer& other) {
  const owned_link ours(::rtnl_link_veth_alloc());
  ::rtnl_link_set_name(ours.get(), name.c_str());
  ::rtnl_link_set_master(ours.get(), index_of(socket_, bridge));
  ::rtnl_link_set_flags(ours.get(), IFF_UP);
  const owned_link theirs(::rtnl_link_veth_get_peer(ours.get()));
  ::rtnl_link_set_name(theirs.get(), other.name.c_str());
  ::rtnl_link_set_addr(theirs.get(), hardware(other.hardware).get());
  ::rtnl_link_set_ns_fd(theirs.get(), other.space);
  socket_.ask(reason, add_request(ours.get()), name,
              fmt::format("a bridge has at most 1,023 ports; is {} full?", bridge));
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
  ::nlmsg_hdr(message)->nlmsg_type = RTM_SETLINK;  // bridge ports take no other
  socket_.ask(reason, message, port);
}

void links::add_address(const why& reason, const std::string& link, address address,
                        int prefix) {
  const std::unique_ptr<rtnl_addr, gives_back<::rtnl_addr_put>> added(
      ::rtnl_addr_alloc());
  ::rtnl_addr_set_ifindex(added.get(), index_of(socket_, link));
  ::rtnl_addr_set_local(added.get(), internet(address, prefix).get());
  nl_msg* message = nullptr;
  const int result = ::rtnl_addr_build_add_request(added.get(), NLM_F_EXCL, &message);
  socket_.ask(reason, built(result, message),
              fmt::format("{} on {}", address.text(), link));
}

void links::raise(const why& reason, const std::string& name) {
  const owned_link up = named(name);
  ::rtnl_link_set_flags(up.get(), IFF_UP);
  change(reason, name, up.get());
}

void links::lower(const why& reason, const std::string& name) {
  const owned_link down = named(name);
  ::rtnl_link_unset_flags(down.get(), IFF_UP);
  unless_gone([&] { change(reason, name, down.get()); });
}

void links::change(const why& reason, const std::string& name, rtnl_link* into) {
  const owned_link before = named(name);
  ::rtnl_link_set_ifindex(before.get(), index_of(socket_, name));
  nl_msg* message = nullptr;
  const int result = ::rtnl_link_build_change_request(before.get(), into, 0, &message);
  socket_.ask(reason, built(result, message), name);
}

void links::add_default_route(const why& reason, address gateway) {
  const std::unique_ptr<rtnl_route, gives_back<::rtnl_route_put>> added(
      ::rtnl_route_alloc());
  ::rtnl_route_set_family(added.get(), AF_INET);
  ::rtnl_route_set_dst(added.get(), internet({}, 0).get());
  rtnl_nexthop* hop = ::rtnl_route_nh_alloc();  // the route's, from here on
  ::rtnl_route_nh_set_gateway(hop, internet(gateway, 32).get());
  ::rtnl_route_add_nexthop(added.get(), hop);
  nl_msg* message = nullptr;
  const int result =
      ::rtnl_route_build_add_request(added.get(), NLM_F_CREATE | NLM_F_EXCL, &message);
  socket_.ask(reason, built(result, message), "default via " + gateway.text());
}

void links::remove(const why& reason, const std::string& name) {
  const owned_link link = named(name);
  nl_msg* message = nullptr;
  const int result = ::rtnl_link_build_delete_request(link.get(), &message);
  unless_gone([&] { socket_.ask(reason, built(result, message), name); });
}

namespace {

// One look at what the kernel has; freed with it.
using owned_cache = std::unique_ptr<nl_cache, gives_back<::nl_cache_free>>;

owned_cache looked(int result, nl_cache* cache, const char* character) {
  if (result < 0) throw sys::error(EIO, character, ::nl_geterror(result));
  return owned_cache(cache);
}

template <typename Object>
void each(const owned_cache& cache, const std::function<void(Object*)>& visit) {
  for (auto* at = ::nl_cache_get_first(cache.get()); at != nullptr;
       at = ::nl_cache_get_next(at))
    visit(reinterpret_cast<Object*>(at));
}

std::string device_name(int index) {
  std::array<char, IF_NAMESIZE> name{};
  ::if_indextoname(static_cast<unsigned>(index), name.data());
  return name.data();
}

// nl_addr2str(3) writes "10.79.0.2/16", and the prefix only where it isn't whole.
std::string text_of(const nl_addr* one) {
  std::array<char, 64> text{};
  if (one == nullptr) return {};
  return ::nl_addr2str(one, text.data(), text.size());
}

subnet subnet_of(const nl_addr* one) {
  std::uint32_t bytes = 0;
  if (::nl_addr_get_len(one) == sizeof bytes)
    std::memcpy(&bytes, ::nl_addr_get_binary_addr(one), sizeof bytes);
  return {{__builtin_bswap32(bytes)}, static_cast<int>(::nl_addr_get_prefixlen(one))};
}

using clock = std::chrono::steady_clock;

// IF_OPER_UP of <linux/if.h>, which can't stand beside <net/if.h>.
constexpr int oper_up = 6;

// A socket on which the kernel reports each change of a link: rtnetlink(7), RTMGRP_LINK.
unique_fd link_changes() {
  unique_fd made(sys::check("socket", "rtnetlink", [] {
    return ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  }));
  sockaddr_nl all_links{};
  all_links.nl_family = AF_NETLINK;
  all_links.nl_groups = RTMGRP_LINK;
  sys::check("bind", "rtnetlink", [&] {
    return ::bind(made.get(), reinterpret_cast<sockaddr*>(&all_links), sizeof all_links);
  });
  return made;
}

// Takes one report off the socket; false where none came before `end`.
bool wait_for(int socket, clock::time_point end) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now());
  pollfd ready{socket, POLLIN, 0};
  if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0)
    return false;
  std::array<char, 8192> report{};
  return ::recv(socket, report.data(), report.size(), 0) >= 0;
}

// Looks again at each change. The socket comes before the look, or the one change that
// matters could fall between the two.
void wait_until(const std::function<bool()>& holds, clock::duration at_most) {
  if (holds()) return;
  const auto end = clock::now() + at_most;
  const unique_fd changes = link_changes();
  while (!holds() && wait_for(changes.get(), end)) {
  }
}

// Returns the link; empty where there is none. For ENODEV libnl reports either of these.
owned_link link_at(nl_sock* socket, int index, const char* name) {
  rtnl_link* found = nullptr;
  const int result = ::rtnl_link_get_kernel(socket, index, name, &found);
  const bool absent = result == -NLE_NODEV || result == -NLE_OBJ_NOTFOUND;
  if (result < 0 && !absent) throw sys::error(EIO, "RTM_GETLINK", ::nl_geterror(result));
  return owned_link(found);
}

}  // namespace

// A link that isn't there never will be: nothing is to be waited for.
bool links::is_up(const std::string& name) {
  const auto link = link_at(socket_.get(), 0, name.c_str());
  return !link || ::rtnl_link_get_operstate(link.get()) == oper_up;
}

void links::wait_until_up(const std::string& name) {
  wait_until([&] { return is_up(name); }, std::chrono::seconds(1));
}

void links::wait_until_gone(const std::string& name) {
  wait_until([&] { return index(name) == 0; }, std::chrono::seconds(10));
}

std::vector<route> links::routes() {
  nl_cache* cache = nullptr;
  const int result = ::rtnl_route_alloc_cache(socket_.get(), AF_INET, 0, &cache);
  std::vector<route> routes;
  each<rtnl_route>(looked(result, cache, "RTM_GETROUTE"), [&](rtnl_route* one) {
    auto* hop = ::rtnl_route_nexthop_n(one, 0);
    if (::rtnl_route_get_table(one) != RT_TABLE_MAIN || hop == nullptr) return;
    routes.push_back({subnet_of(::rtnl_route_get_dst(one)),
                      text_of(::rtnl_route_nh_get_gateway(hop)),
                      device_name(::rtnl_route_nh_get_ifindex(hop))});
  });
  return routes;
}

std::vector<std::string> links::names() {
  nl_cache* cache = nullptr;
  const int result = ::rtnl_link_alloc_cache(socket_.get(), AF_UNSPEC, &cache);
  std::vector<std::string> all;
  each<rtnl_link>(looked(result, cache, "RTM_GETLINK"),
                  [&](rtnl_link* one) { all.emplace_back(::rtnl_link_get_name(one)); });
  return all;
}

std::vector<std::pair<std::string, std::string>> links::addresses() {
  nl_cache* cache = nullptr;
  const int result = ::rtnl_addr_alloc_cache(socket_.get(), &cache);
  std::vector<std::pair<std::string, std::string>> all;
  each<rtnl_addr>(looked(result, cache, "RTM_GETADDR"), [&](rtnl_addr* one) {
    if (::rtnl_addr_get_family(one) != AF_INET) return;
    all.emplace_back(device_name(::rtnl_addr_get_ifindex(one)),
                     text_of(::rtnl_addr_get_local(one)));
  });
  return all;
}

int links::peer_index(const std::string& name) {
  const auto link = link_at(socket_.get(), 0, name.c_str());
  return link ? ::rtnl_link_get_link(link.get()) : 0;
}

std::pair<std::string, std::string> links::name_and_bridge(int index) {
  const auto link = index == 0 ? owned_link() : link_at(socket_.get(), index, nullptr);
  if (!link) return {};
  const int bridge = ::rtnl_link_get_master(link.get());
  return {::rtnl_link_get_name(link.get()), bridge == 0 ? "" : device_name(bridge)};
}

}  // namespace zoomin::net
