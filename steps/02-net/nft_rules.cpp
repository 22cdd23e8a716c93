// SPDX-License-Identifier: MIT
#include "02-net/nft_rules.hpp"

#include <fmt/format.h>

#include "common/call.hpp"

namespace zoomin::net {

using namespace sys;

namespace {

using commands = std::vector<nft::command>;

const narration::mechanism about_rules("rules", "NAT, published ports, and their guards");

// Returns "add chain ip zoomin0 NAME { type HOOK; RULES; }". A chain without a hook is
// the target of jumps.
std::string chain(const std::string& bridge, const char* name, const std::string& hook,
                  const std::string& rules) {
  const std::string head = hook.empty() ? "" : fmt::format("type {}; ", hook);
  return fmt::format("add chain ip {} {} {{ {}{}; }}", bridge, name, head, rules);
}

std::string map(const std::string& bridge, const char* name, const char* key) {
  return fmt::format("add map ip {} {} {{ type {} : ipv4_addr . inet_service; }}", bridge,
                     name, key);
}

commands way_out(const std::string& bridge, const std::string& pool) {
  // Task 2.4 begins.
  const auto rule = fmt::format("ip saddr {} oifname != \"{}\" masquerade", pool, bridge);
  return {{{"rules"_id, "a table for the bridge's rules"}, "create table ip " + bridge},
          {{"rules.masquerade"_id, "containers send with the host's address"},
           chain(bridge, "outward", "nat hook postrouting priority srcnat", rule)}};
  // Task 2.4 ends.
}

commands way_in(const std::string& bridge) {
  // Task 2.4 begins.
  const char* look_up =
      "dnat to ip daddr . meta l4proto . th dport map @ports_at; "
      "dnat to meta l4proto . th dport map @ports";
  const char* if_for_us = "fib daddr type local jump published";
  return {
      {{"rules.ports"_id, "ports published at all addresses"},
       map(bridge, "ports", "inet_proto . inet_service")},
      {{"rules.ports-at"_id, "ports published at one address"},
       map(bridge, "ports_at", "ipv4_addr . inet_proto . inet_service")},
      {{"rules.published"_id, "looks up a port in both maps"},
       chain(bridge, "published", "", look_up)},
      {{"rules.inbound"_id, "for packets that arrive"},
       chain(bridge, "inbound", "nat hook prerouting priority dstnat", if_for_us)},
      {{"rules.own"_id, "for the host's own connections"},
       chain(bridge, "own", "nat hook output priority -100", if_for_us)},
  };
  // Task 2.4 ends.
}

// Masquerades packets to a published port whose source address the container couldn't
// reply to: 127.0.0.0/8, and containers on the same bridge.
commands way_back(const std::string& bridge, const std::string& pool) {
  const char* hook = "nat hook postrouting priority srcnat";
  return {
      {{"rules.loopback"_id, "127.0.0.1 becomes the host's address"},
       chain(bridge, "loopback", hook,
             fmt::format("oifname \"{}\" ip saddr 127.0.0.0/8 masquerade", bridge))},
      {{"rules.hairpin"_id, "answers return the same way"},
       chain(bridge, "hairpin", hook,
             fmt::format("oifname \"{}\" ip saddr {} ct status dnat masquerade", bridge,
                         pool))},
  };
}

// The kernel drops packets from outside to 127.0.0.1, but only after prerouting, where
// DNAT has changed the destination: a neighbour that routes 127.0.0.0/8 through this host
// would reach a port that is published there. So the first rule precedes DNAT.
commands guards(const std::string& bridge) {
  return {
      {{"rules.loopback-guard"_id, "only the host itself uses its 127.0.0.1"},
       chain(bridge, "loopback_guard", "filter hook prerouting priority raw",
             fmt::format("iifname != \"lo\" ip daddr 127.0.0.0/8 drop; "
                         "iifname \"{}\" ip saddr 127.0.0.0/8 drop",
                         bridge))},
      {{"rules.closed"_id, "only published ports are reachable"},
       chain(bridge, "closed", "filter hook forward priority filter",
             fmt::format("iifname != \"{0}\" oifname \"{0}\" ct state new "
                         "ct status ! dnat drop",
                         bridge))},
  };
}

nft::command no_way_out(const std::string& bridge) {
  return {{"rules.internal"_id, "no traffic leaves or enters"},
          chain(bridge, "internal", "filter hook forward priority filter",
                fmt::format("iifname \"{0}\" oifname != \"{0}\" drop; "
                            "iifname != \"{0}\" oifname \"{0}\" drop",
                            bridge))};
}

}  // namespace

commands table_of(const std::string& bridge, const std::string& pool, bool internal) {
  commands result = way_out(bridge, pool);
  for (const auto& part : {way_in(bridge), way_back(bridge, pool), guards(bridge)})
    result.insert(result.end(), part.begin(), part.end());
  if (internal) result.push_back(no_way_out(bridge));
  return result;
}

nft::command add_element(const std::string& bridge, const std::string& map,
                         const std::string& element) {
  return {{"publish"_id, "a host port leads to the container"},
          fmt::format("add element ip {} {} {{ {} }}", bridge, map, element),
          element};
}

nft::command delete_element(const std::string& bridge, const std::string& map,
                            const std::string& key) {
  return {{"release.published"_id, "the port is free again"},
          fmt::format("delete element ip {} {} {{ {} }}", bridge, map, key)};
}

}  // namespace zoomin::net
