// SPDX-License-Identifier: MIT
#include "02-net/firewall.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "02-net/nft.hpp"
#include "common/call.hpp"

namespace zoomin::net::firewall {

using namespace sys;

namespace {

constexpr const char* docker_table = "ip filter";
constexpr const char* docker_chain = "DOCKER-USER";

bool is_docker(const chain& one) {
  return one.family + " " + one.table == docker_table && one.name == docker_chain;
}

// The word behind `label` in "type filter hook forward priority filter; policy drop;".
std::string word_after(const std::string& line, const std::string& label) {
  const auto at = line.find(label + " ");
  if (at == std::string::npos) return {};
  const auto begin = at + label.size() + 1;
  return line.substr(begin, line.find_first_of(" ;", begin) - begin);
}

bool drops_forwarded(const chain& one) {
  if (one.table == "firewalld") return one.name == "filter_FORWARD";  // ends in a reject
  return one.hook == "forward" && one.policy == "drop";
}

}  // namespace

std::vector<chain> parse_chains(const std::string& listing) {
  std::vector<chain> all;
  std::string family, table;
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, second;
    words >> first;
    if (first == "table") words >> family >> table;
    if (first == "chain") {
      words >> second;
      all.push_back({family, table, second, {}, {}});
    }
    if (first == "type" && !all.empty()) {
      all.back().hook = word_after(line, "hook");
      all.back().policy = word_after(line, "policy");
    }
  }
  return all;
}

std::string advice(const chain& one, const std::string& bridge) {
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

bool has_docker() {
  return std::ranges::any_of(parse_chains(nft::list("list chains")), is_docker);
}

void open(const std::string& bridge) {
  const auto chains = parse_chains(nft::list("list chains"));
  const bool docker = std::ranges::any_of(chains, is_docker);
  const auto insert = [&](const char* side) {
    return fmt::format("insert rule {} {} {} \"{}\" accept", docker_table, docker_chain,
                       side, bridge);
  };
  if (docker)
    nft::run({{{"docker-out"_id, "Docker's firewall lets ours out"}, insert("iifname")},
              {{"docker-in"_id, "and in"}, insert("oifname")}});
  for (const auto& one : chains) {
    if (!drops_forwarded(one)) continue;
    if (docker && one.family + " " + one.table == docker_table) continue;
    narration::warn(fmt::format(
        "a firewall ({} {}, chain {}) drops what it doesn't know, also of {}; "
        "to let it pass: {}",
        one.family, one.table, one.name, bridge, advice(one, bridge)));
  }
}

void close(const std::string& bridge) {
  if (!has_docker()) return;
  const std::string place = fmt::format("{} {}", docker_table, docker_chain);
  std::vector<nft::command> remove;
  std::istringstream lines(nft::list("list chain " + place, true));
  for (std::string line; std::getline(lines, line);) {
    const auto handle = line.find("# handle ");
    if (line.find(fmt::format("\"{}\" accept", bridge)) == std::string::npos) continue;
    if (handle == std::string::npos) continue;
    remove.push_back(
        {{"docker-back"_id, "Docker's firewall as it was"},
         fmt::format("delete rule {} handle {}", place, line.substr(handle + 9))});
  }
  nft::run(remove);
}

}  // namespace zoomin::net::firewall
