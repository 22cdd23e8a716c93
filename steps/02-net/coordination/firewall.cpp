// SPDX-License-Identifier: MIT
#include "02-net/coordination/firewall.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <vector>

#include "02-net/nft.hpp"
#include "02-net/query/link_list.hpp"
#include "common/sys.hpp"

namespace zoomin::net::firewall {

using namespace sys;

namespace {

constexpr const char* iptables = "ip filter";  // the table
constexpr const char* docker_chain = "DOCKER-USER";
constexpr const char* forward_chain = "FORWARD";
constexpr const char* apart_chain = "apart";

bool is_iptables(const nft::chain& chain, const char* name) {
  return chain.full_name() == fmt::format("{} {}", iptables, name);
}

bool is_docker(const nft::chain& chain) { return is_iptables(chain, docker_chain); }

// Returns whether a chain drops forwarded packets. IPv6 chains don't matter, since
// containers have no IPv6 addresses.
bool drops_forwarded(const nft::chain& chain) {
  if (chain.family == "ip6") return false;
  if (chain.table == "firewalld")
    return chain.name == "filter_FORWARD";  // ends in a reject
  return chain.forwards && chain.drops;
}

// Returns the iptables chain to which our rules are added, or null if none is needed.
const char* target_chain(const std::vector<nft::chain>& chains) {
  if (std::ranges::any_of(chains, is_docker)) return docker_chain;
  const auto drops = [](const nft::chain& chain) {
    return is_iptables(chain, forward_chain) && drops_forwarded(chain);
  };
  return std::ranges::any_of(chains, drops) ? forward_chain : nullptr;
}

void admit(const std::string& bridge, const char* chain) {
  if (nft::rules_about(bridge, "filter", chain).size() >= 2) return;
  const auto insert = [&](const char* side) {
    return fmt::format("insert rule {} {} {} \"{}\" accept", iptables, chain, side,
                       bridge);
  };
  nft::run({{{"docker.out"_id, "admit packets from the bridge"}, insert("iifname")},
            {{"docker.in"_id, "admit packets to the bridge"}, insert("oifname")}});
}

// Returns the bridges that carry a default route of the host.
std::set<std::string> uplinks() {
  std::set<std::string> result;
  for (const auto& route : routes())
    if (route.to.prefix == 0 && exists("/sys/class/net/" + route.device + "/bridge"))
      result.insert(route.device);
  return result;
}

// Keeps our packets out of the networks of Docker and libvirt. A packet that admit()
// accepts skips the rest of their rules, even those that separate their networks. So a
// packet from `bridge` to another bridge must belong to an established connection, or be
// translated by a published port. (The chain `closed` of nft_rules.cpp drops all other
// packets into `bridge`.) The rule is in our table and not in theirs, since iptables
// refuses to work with a table that has expressions like these.
void keep_apart(const std::string& bridge) {
  std::string rules;
  for (const auto& uplink : uplinks())
    rules += fmt::format("iifname \"{}\" oifname \"{}\" accept; ", bridge, uplink);
  rules += fmt::format(
      "iifname \"{0}\" oifname != \"{0}\" meta oifkind \"bridge\" ct state new "
      "ct status ! dnat drop; ",
      bridge);
  nft::run({{{"docker.apart"_id, "but none into other programs' bridges"},
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
                           chain.full_name(), side, name);
  return fmt::format("nft '{}', and add these rules to the file that it is loaded from",
                     rules);
}

bool has_docker() { return std::ranges::any_of(nft::chains(), is_docker); }

std::string open(const std::string& bridge,
                 const std::function<bool(const std::string& chain)>& was_warned) {
  const auto chains = nft::chains();
  const char* const target = target_chain(chains);
  const auto is_apart = [&](const nft::chain& chain) {
    return chain.full_name() == fmt::format("ip {} {}", bridge, apart_chain);
  };
  if (target != nullptr && std::ranges::none_of(chains, is_apart)) keep_apart(bridge);
  if (target != nullptr) admit(bridge, target);
  std::string warned;
  for (const auto& chain : chains) {
    if (!drops_forwarded(chain)) continue;
    if (target != nullptr && chain.family + " " + chain.table == iptables) continue;
    const auto name = fmt::format("{}/{}/{},", chain.family, chain.table, chain.name);
    warned += name;
    if (was_warned(name)) continue;
    narration::warn(fmt::format(
        "a firewall ({} {}, chain {}) drops unknown packets, also those of {}; "
        "to admit them: {}",
        chain.family, chain.table, chain.name, bridge, advice(chain)));
  }
  return warned;
}

void close(const std::string& bridge) {
  const auto chains = nft::chains();
  std::vector<nft::command> remove;
  for (const char* name : {docker_chain, forward_chain}) {
    const auto has_name = [&](const nft::chain& chain) {
      return is_iptables(chain, name);
    };
    if (std::ranges::none_of(chains, has_name)) continue;
    for (const auto handle : nft::rules_about(bridge, "filter", name))
      remove.push_back(
          {{"docker.back"_id, "restore the other firewall"},
           fmt::format("delete rule {} {} handle {}", iptables, name, handle)});
  }
  nft::run(remove);
}

}  // namespace zoomin::net::firewall
