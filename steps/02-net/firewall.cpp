// SPDX-License-Identifier: MIT
#include "02-net/firewall.hpp"

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

constexpr const char* docker_table = "ip filter";
constexpr const char* docker_chain = "DOCKER-USER";
constexpr const char* apart_chain = "apart";

bool is_docker(const nft::chain& one) {
  return one.place() == fmt::format("{} {}", docker_table, docker_chain);
}

std::vector<std::uint64_t> rules_of(const std::string& bridge) {
  return nft::rules_about(bridge, "filter", docker_chain);
}

// Containers have no addresses of IPv6, so that its chains don't matter.
bool drops_forwarded(const nft::chain& one) {
  if (one.family == "ip6") return false;
  if (one.table == "firewalld") return one.name == "filter_FORWARD";  // ends in a reject
  return one.forwards && one.drops;
}

void let_through(const std::string& bridge) {
  if (rules_of(bridge).size() >= 2) return;
  const auto insert = [&](const char* side) {
    return fmt::format("insert rule {} {} {} \"{}\" accept", docker_table, docker_chain,
                       side, bridge);
  };
  nft::run({{{"docker-out"_id, "Docker's firewall lets ours out"}, insert("iifname")},
            {{"docker-in"_id, "and in"}, insert("oifname")}});
}

// Bridges through which the host itself reaches others: by a default route.
std::set<std::string> uplinks() {
  std::set<std::string> all;
  for (const auto& one : links().routes())
    if (one.to.prefix == 0 && exists("/sys/class/net/" + one.device + "/bridge"))
      all.insert(one.device);
  return all;
}

// What DOCKER-USER accepts no rule of Docker's looks at any more, not even those that
// keep its networks apart. So what is for another bridge must be a connection that is
// established, or led there by a published port. (The way in is closed to all else by
// table.cpp's chain `closed`.) It stands in our table and not in Docker's, since iptables
// refuses to work with a table that has expressions like these.
void keep_apart(const std::string& bridge) {
  std::string rules;
  for (const auto& one : uplinks())
    rules += fmt::format("iifname \"{}\" oifname \"{}\" accept; ", bridge, one);
  rules += fmt::format(
      "iifname \"{0}\" oifname != \"{0}\" meta oifkind \"bridge\" ct state new "
      "ct status ! dnat drop; ",
      bridge);
  nft::run({{{"docker-apart"_id, "but not into Docker's own networks"},
             fmt::format("add chain ip {} {} {{ type filter hook forward priority "
                         "filter; {}}}",
                         bridge, apart_chain, rules)}});
}

}  // namespace

std::string advice(const nft::chain& one, const std::string& bridge) {
  if (one.table == "firewalld")
    return fmt::format("firewall-cmd --zone=trusted --add-interface={}", bridge);
  if (one.name == "FORWARD" && one.table == "filter")
    return fmt::format(
        "ufw route allow in on {0} && ufw route allow out on {0} (ufw), or "
        "iptables -I FORWARD -i {0} -j ACCEPT; iptables -I FORWARD -o {0} -j ACCEPT",
        bridge);
  const auto place = fmt::format("{} {} {}", one.family, one.table, one.name);
  return fmt::format(
      "nft 'insert rule {0} iifname {1} accept; insert rule {0} oifname {1} accept'",
      place, bridge);
}

bool has_docker() { return std::ranges::any_of(nft::chains(), is_docker); }

std::string open(const std::string& bridge, const std::string& warned) {
  const auto chains = nft::chains();
  const bool docker = std::ranges::any_of(chains, is_docker);
  const auto is_apart = [&](const nft::chain& one) {
    return one.place() == fmt::format("ip {} {}", bridge, apart_chain);
  };
  if (docker && std::ranges::none_of(chains, is_apart)) keep_apart(bridge);
  if (docker) let_through(bridge);
  std::string told;
  for (const auto& one : chains) {
    if (!drops_forwarded(one)) continue;
    if (docker && one.family + " " + one.table == docker_table) continue;
    told += fmt::format("{}/{}/{},", one.family, one.table, one.name);
    if (warned.find(told.substr(told.rfind(',', told.size() - 2) + 1)) !=
        std::string::npos)
      continue;
    narration::warn(fmt::format(
        "a firewall ({} {}, chain {}) drops what it doesn't know, also of {}; "
        "to let it pass: {}",
        one.family, one.table, one.name, bridge, advice(one, bridge)));
  }
  return told;
}

void close(const std::string& bridge) {
  if (!has_docker()) return;
  std::vector<nft::command> remove;
  for (const auto handle : rules_of(bridge))
    remove.push_back(
        {{"docker-back"_id, "Docker's firewall as it was"},
         fmt::format("delete rule {} {} handle {}", docker_table, docker_chain, handle)});
  nft::run(remove);
}

}  // namespace zoomin::net::firewall
