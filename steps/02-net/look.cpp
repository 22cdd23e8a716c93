// SPDX-License-Identifier: MIT
#include "02-net/look.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "02-net/link.hpp"
#include "02-net/query/link_list.hpp"
#include "02-net/query/ruleset.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

namespace {

std::string or_none(const std::string& text) { return text.empty() ? "none" : text; }

// Lists the addresses in the namespace of the calling process.
std::string addresses() {
  std::string result;
  for (const auto& [name, address] : link_addresses())
    if (name != "lo")
      result += fmt::format("{}{} {}", result.empty() ? "" : ", ", name, address);
  return or_none(result);
}

std::string interfaces() {
  std::string result;
  for (const auto& name : link_names()) result += (result.empty() ? "" : " ") + name;
  return or_none(result);
}

std::string default_route() {
  for (const auto& route : routes())
    if (route.to.prefix == 0)
      return fmt::format("via {} dev {}", route.via, route.device);
  return "none";
}

// Returns the name of the host's end of the cable. eth0 reports its index as its link.
std::string host_end(pid_t pid) {
  const std::string index = look::from_inside(
      pid, CLONE_NEWNET, [] { return fmt::format("{}", links().peer_index("eth0")); });
  const auto [name, bridge] = links().name_and_bridge(std::atoi(index.c_str()));
  if (name.empty()) return "none";
  return bridge.empty() ? name : fmt::format("{} on {}", name, bridge);
}

look::row namespace_row(pid_t pid) {
  const std::string container = look::namespace_number(pid, "net");
  const std::string host = look::namespace_number(::getpid(), "net");
  return {"net namespace", fmt::format("{} (host: {})", container, host),
          container == host ? "the host's" : "its own"};
}

look::row row(pid_t pid, const char* fact, std::string (*see)()) {
  return {fact, see(), look::from_inside(pid, CLONE_NEWNET, see)};
}

}  // namespace

std::vector<look::row> facts(pid_t pid) {
  std::vector<look::row> result{namespace_row(pid)};
  result.push_back(row(pid, "interfaces", interfaces));
  if (result.front().container == "its own")
    result.push_back({"cable", host_end(pid), "eth0"});
  result.push_back(row(pid, "addresses", addresses));
  result.push_back(row(pid, "default route", default_route));
  return result;
}

std::vector<look::leftover> leftovers(const std::string& bridge,
                                      const std::string& port) {
  links::wait_until_gone(port);
  return {{"cable " + port, links::index(port) != 0},
          {"bridge " + bridge, links::index(bridge) != 0},
          {"table ip " + bridge, nft::has_table("ip " + bridge)}};
}

}  // namespace zoomin::net
