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
  return network::is_built_in(network) ? container::network_from_docker(network)
                                       : network::find(network).name;
}

// "web", or in full "name=web,alias=db,ip=10.80.0.7,mac-address=02:00:00:00:00:07".
json network_of(const std::string& text) {
  if (text.find('=') == std::string::npos) return {{"NetworkMode", network_named(text)}};
  json entry;
  std::set<std::string> met;
  for (const auto& [key, value, given] : fields_of(text)) {
    if (key != "alias" && !met.insert(key).second)
      throw usage_error(fmt::format("--network {}: {} is said twice", text, key));
    if (key == "name")
      entry["NetworkMode"] = network_named(value);
    else if (key == "alias")
      entry["NetworkAliases"].push_back(value);
    else if (key == "ip")
      entry["Address"] = value;
    else if (key == "mac-address")
      entry["MacAddress"] = value;
    else
      throw not_supported(fmt::format("--network {}: \"{}\"", text, key));
  }
  if (!entry.contains("NetworkMode"))
    throw usage_error(fmt::format("--network {}: which one?", text),
                      "name=NETWORK[,alias=,ip=,mac-address=]");
  return entry;
}

}  // namespace

// The first one's words are HostConfig's own, and so are --ip and its like.
void put_networks(const flags& options, json& host) {
  auto result = options.list("--network");
  for (const auto& one : options.list("--net")) result.push_back(one);
  if (result.empty()) result.emplace_back("bridge");
  const json first = network_of(result.front());
  for (const auto& [key, value] : first.items()) {
    if (host.contains(key))
      throw usage_error(fmt::format("--network {}: said by a flag, too", result.front()));
    host[key] = value;
  }
  for (std::size_t i = 1; i < result.size(); ++i)
    host["MoreNetworks"].push_back(network_of(result[i]));
}

}  // namespace zoomin::cli
