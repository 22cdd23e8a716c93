// SPDX-License-Identifier: MIT
#include "02-net/query/link_list.hpp"

#include <net/if.h>
#include <netlink/addr.h>
#include <netlink/errno.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>

#include "02-net/rtnetlink.hpp"
#include "02-net/rtnetlink_text.hpp"
#include "common/error.hpp"

namespace zoomin::net {

namespace {

// A list of the kernel's objects of one kind.
struct free_cache {
  void operator()(nl_cache* cache) const { ::nl_cache_free(cache); }
};
using owned_cache = std::unique_ptr<nl_cache, free_cache>;

owned_cache checked(int result, nl_cache* cache, const char* request) {
  if (result < 0) throw sys::error(EIO, request, ::nl_geterror(result));
  return owned_cache(cache);
}

template <typename Object>
void for_each(const owned_cache& cache, const std::function<void(Object*)>& visit) {
  for (auto* at = ::nl_cache_get_first(cache.get()); at != nullptr;
       at = ::nl_cache_get_next(at))
    visit(reinterpret_cast<Object*>(at));
}

// Formats an address as "10.79.0.2/16"; nl_addr2str(3) leaves out a prefix of 32.
std::string text_of(const nl_addr* address) {
  std::array<char, 64> text{};
  if (address == nullptr) return {};
  return ::nl_addr2str(address, text.data(), text.size());
}

subnet subnet_of(const nl_addr* address) {
  std::uint32_t bytes = 0;
  if (::nl_addr_get_len(address) == sizeof bytes)
    std::memcpy(&bytes, ::nl_addr_get_binary_addr(address), sizeof bytes);
  return {{__builtin_bswap32(bytes)}, static_cast<int>(::nl_addr_get_prefixlen(address))};
}

}  // namespace

std::vector<std::string> link_names() {
  const rtnetlink socket;
  nl_cache* cache = nullptr;
  const int result = ::rtnl_link_alloc_cache(socket.get(), AF_UNSPEC, &cache);
  std::vector<std::string> names;
  for_each<rtnl_link>(checked(result, cache, "RTM_GETLINK"), [&](rtnl_link* link) {
    names.emplace_back(::rtnl_link_get_name(link));
  });
  return names;
}

std::vector<std::pair<std::string, std::string>> link_addresses() {
  const rtnetlink socket;
  nl_cache* cache = nullptr;
  const int result = ::rtnl_addr_alloc_cache(socket.get(), &cache);
  std::vector<std::pair<std::string, std::string>> addresses;
  for_each<rtnl_addr>(checked(result, cache, "RTM_GETADDR"), [&](rtnl_addr* address) {
    if (::rtnl_addr_get_family(address) != AF_INET) return;
    addresses.emplace_back(device_name(::rtnl_addr_get_ifindex(address)),
                           text_of(::rtnl_addr_get_local(address)));
  });
  return addresses;
}

std::vector<route> routes() {
  const rtnetlink socket;
  nl_cache* cache = nullptr;
  const int result = ::rtnl_route_alloc_cache(socket.get(), AF_INET, 0, &cache);
  std::vector<route> routes;
  for_each<rtnl_route>(checked(result, cache, "RTM_GETROUTE"), [&](rtnl_route* route) {
    auto* hop = ::rtnl_route_nexthop_n(route, 0);
    if (::rtnl_route_get_table(route) != RT_TABLE_MAIN || hop == nullptr) return;
    routes.push_back({subnet_of(::rtnl_route_get_dst(route)),
                      text_of(::rtnl_route_nh_get_gateway(hop)),
                      device_name(::rtnl_route_nh_get_ifindex(hop))});
  });
  return routes;
}

}  // namespace zoomin::net
