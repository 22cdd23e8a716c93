// SPDX-License-Identifier: MIT
// create_flags_network: the flags --network and --net.
#include <fmt/format.h>

#include <set>
#include <string>

#include "cli/create_flags_parts.hpp"
#include "common/error.hpp"
#include "container/spec/spec.hpp"
#include "network/network.hpp"

namespace zoomin::cli {

namespace {

// Returns the name under which a container's spec stores the network.
std::string network_named(const std::string& network) {
  if (!container::container_in(network).empty()) return network;
  return network::is_built_in(network) ? container::network_from_docker(network)
                                       : network::find(network).name;
}

// Parses "web", or in full
// "name=web,alias=db,ip=10.80.0.7,mac-address=02:00:00:00:00:07".
json network_of(const std::string& text) {
  if (text.find('=') == std::string::npos) return {{"NetworkMode", network_named(text)}};
  json settings;
  std::set<std::string> seen;
  for (const auto& [key, value, has_value] : fields_of(text)) {
    if (key != "alias" && !seen.insert(key).second)
      throw usage_error(fmt::format("--network {}: {} is given twice", text, key));
    if (key == "name")
      settings["NetworkMode"] = network_named(value);
    else if (key == "alias")
      settings["NetworkAliases"].push_back(value);
    else if (key == "ip")
      settings["Address"] = value;
    else if (key == "mac-address")
      settings["MacAddress"] = value;
    else
      throw not_supported(fmt::format("--network {}: \"{}\"", text, key));
  }
  if (!settings.contains("NetworkMode"))
    throw usage_error(fmt::format("--network {}: no network name", text),
                      "write name=NETWORK[,alias=,ip=,mac-address=]");
  return settings;
}

}  // namespace

// The first network's settings are HostConfig's own, as are --ip, --mac-address and
// --network-alias. HostConfig's MoreNetworks holds the others.
void put_networks(const flags& options, json& host) {
  auto networks = options.list("--network");
  for (const auto& network : options.list("--net")) networks.push_back(network);
  if (networks.empty()) networks.emplace_back("bridge");
  const json first = network_of(networks.front());
  for (const auto& [key, value] : first.items()) {
    if (host.contains(key))
      throw usage_error(
          fmt::format("--network {}: option also given by --ip, "
                      "--mac-address or --network-alias",
                      networks.front()));
    host[key] = value;
  }
  for (std::size_t i = 1; i < networks.size(); ++i)
    host["MoreNetworks"].push_back(network_of(networks[i]));
}

}  // namespace zoomin::cli
