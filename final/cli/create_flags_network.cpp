// SPDX-License-Identifier: MIT
// --network, for request.cpp.
#include <fmt/format.h>

#include <set>
#include <string>

#include "cli/create_flags_parts.hpp"
#include "common/error.hpp"
#include "container/spec/spec.hpp"
#include "network/network.hpp"

namespace zoomin::cli {

namespace {

// By the name that a container has for it.
std::string network_named(const std::string& network) {
  if (!container::container_in(network).empty()) return network;
  return network::is_built_in(network) ? container::meant_network(network)
                                       : network::find(network).name;
}

// "web", or in full "name=web,alias=db,ip=10.80.0.7,mac-address=02:00:00:00:00:07".
json network_of(const std::string& text) {
  if (text.find('=') == std::string::npos) return {{"NetworkMode", network_named(text)}};
  json one;
  std::set<std::string> met;
  for (const auto& [key, value, given] : fields_of(text)) {
    if (key != "alias" && !met.insert(key).second)
      throw usage_error(fmt::format("--network {}: {} is said twice", text, key));
    if (key == "name")
      one["NetworkMode"] = network_named(value);
    else if (key == "alias")
      one["NetworkAliases"].push_back(value);
    else if (key == "ip")
      one["Address"] = value;
    else if (key == "mac-address")
      one["MacAddress"] = value;
    else
      throw not_supported(fmt::format("--network {}: \"{}\"", text, key));
  }
  if (!one.contains("NetworkMode"))
    throw usage_error(fmt::format("--network {}: which one?", text),
                      "name=NETWORK[,alias=,ip=,mac-address=]");
  return one;
}

}  // namespace

// The first one's words are HostConfig's own, and so are --ip and its like.
void put_networks(const flags& given, json& host) {
  auto all = given.list("--network");
  for (const auto& one : given.list("--net")) all.push_back(one);
  if (all.empty()) all.emplace_back("bridge");
  const json first = network_of(all.front());
  for (const auto& [key, value] : first.items()) {
    if (host.contains(key))
      throw usage_error(fmt::format("--network {}: said by a flag, too", all.front()));
    host[key] = value;
  }
  for (std::size_t i = 1; i < all.size(); ++i)
    host["MoreNetworks"].push_back(network_of(all[i]));
}

}  // namespace zoomin::cli
