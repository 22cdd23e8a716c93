// SPDX-License-Identifier: MIT
#include "02-net/coordination/firewall.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <vector>

#include "02-net/link.hpp"
#include "02-net/nft.hpp"
#include "common/sys.hpp"

namespace zoomin::net::firewall {

using namespace sys;

namespace {

constexpr const char* iptables = "ip filter";  // the table
constexpr const char* docker_chain = "DOCKER-USER";
constexpr const char* forward_chain = "FORWARD";
constexpr const char* apart_chain = "apart";

bool is_iptables(const nft::chain& chain, const char* name) {
  return chain.place() == fmt::format("{} {}", iptables, name);
}

bool is_docker(const nft::chain& chain) { return is_iptables(chain, docker_chain); }

// Containers have no addresses of IPv6, so that its chains don't matter.
bool drops_forwarded(const nft::chain& chain) {
  if (chain.family == "ip6") return false;
  if (chain.table == "firewalld")
    return chain.name == "filter_FORWARD";  // ends in a reject
  return chain.forwards && chain.drops;
}

// Returns the chain of iptables that is to hold our rules; null where they aren't needed.
const char* place_in(const std::vector<nft::chain>& chains) {
  if (std::ranges::any_of(chains, is_docker)) return docker_chain;
  const auto drops = [](const nft::chain& one) {
    return is_iptables(one, forward_chain) && drops_forwarded(one);
  };
  return std::ranges::any_of(chains, drops) ? forward_chain : nullptr;
}

void let_through(const std::string& bridge, const char* path) {
  if (nft::rules_about(bridge, "filter", path).size() >= 2) return;
  const auto insert = [&](const char* side) {
    return fmt::format("insert rule {} {} {} \"{}\" accept", iptables, path, side,
                       bridge);
  };
  nft::run({{{"docker-out"_id, "the other firewall lets ours out"}, insert("iifname")},
            {{"docker-in"_id, "and in"}, insert("oifname")}});
}

// Returns the bridges through which the host itself reaches others: by a default route.
std::set<std::string> uplinks() {
  std::set<std::string> result;
  for (const auto& route : links().routes())
    if (route.to.prefix == 0 && exists("/sys/class/net/" + route.device + "/bridge"))
      result.insert(route.device);
  return result;
}

// Keeps our packets out of the networks of Docker and libvirt. A packet that
// let_through() accepts is seen by none of their rules any more, not even by those that
// keep their networks apart. So a packet from `bridge` to another bridge must belong to
// an established connection, or be led there by a published port. (The way in is closed
// to all else by table.cpp's chain `closed`.) The rule stands in our table and not in
// theirs, since iptables refuses to work with a table that has expressions like these.
void keep_apart(const std::string& bridge) {
  std::string rules;
  for (const auto& one : uplinks())
    rules += fmt::format("iifname \"{}\" oifname \"{}\" accept; ", bridge, one);
  rules += fmt::format(
      "iifname \"{0}\" oifname != \"{0}\" meta oifkind \"bridge\" ct state new "
      "ct status ! dnat drop; ",
      bridge);
  nft::run({{{"docker-apart"_id, "but not into that one's own networks"},
             fmt::format("add chain ip {} {} {{ type filter hook forward priority "
                         "filter; {}}}",
                         bridge, apart_chain, rules)}});
}

}  // namespace

std::string advice(const nft::chain& chain) {
  if (chain.table == "firewalld")
    return "firewall-cmd --permanent --zone=trusted --add-interface=zoomin0 "
           "--add-interface=zm-+ && firewall-cmd --reload";
  std::string rules;
  for (const char* side : {"iifname", "oifname"})
    for (const char* name : {"zoomin0", "\"zm-*\""})
      rules += fmt::format("{}insert rule {} {} {} accept", rules.empty() ? "" : "; ",
                           chain.place(), side, name);
  return fmt::format("nft '{}', also where its rules are loaded from", rules);
}

bool has_docker() { return std::ranges::any_of(nft::chains(), is_docker); }

std::string open(const std::string& bridge,
                 const std::function<bool(const std::string& chain)>& was_told) {
  const auto chains = nft::chains();
  const char* const path = place_in(chains);
  const auto is_apart = [&](const nft::chain& one) {
    return one.place() == fmt::format("ip {} {}", bridge, apart_chain);
  };
  if (path != nullptr && std::ranges::none_of(chains, is_apart)) keep_apart(bridge);
  if (path != nullptr) let_through(bridge, path);
  std::string told;
  for (const auto& one : chains) {
    if (!drops_forwarded(one)) continue;
    if (path != nullptr && one.family + " " + one.table == iptables) continue;
    const auto name = fmt::format("{}/{}/{},", one.family, one.table, one.name);
    told += name;
    if (was_told(name)) continue;
    narration::warn(fmt::format(
        "a firewall ({} {}, chain {}) drops what it doesn't know, also of {}; "
        "to let it pass: {}",
        one.family, one.table, one.name, bridge, advice(one)));
  }
  return told;
}

void close(const std::string& bridge) {
  const auto chains = nft::chains();
  std::vector<nft::command> remove;
  for (const char* path : {docker_chain, forward_chain}) {
    const auto is_it = [&](const nft::chain& one) { return is_iptables(one, path); };
    if (std::ranges::none_of(chains, is_it)) continue;
    for (const auto handle : nft::rules_about(bridge, "filter", path))
      remove.push_back(
          {{"docker-back"_id, "the other firewall as it was"},
           fmt::format("delete rule {} {} handle {}", iptables, path, handle)});
  }
  nft::run(remove);
}

}  // namespace zoomin::net::firewall
