// SPDX-License-Identifier: MIT
#include "docker/networks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/json.hpp"
#include "container/reconcile.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "docker/filters.hpp"
#include "docker/units.hpp"
#include "network/network.hpp"

namespace zoomin::docker {

namespace {

struct network_row {
  std::string name, id, driver;
  label_map labels{};
  std::string created = "0001-01-01T00:00:00Z";
  bool internal = false;
  bool no_trunc = false;  // the id isn't shortened
};

constexpr column<network_row> network_columns[]{
    {"ID", "NETWORK ID", [](auto& r) { return id_text(r.id, r.no_trunc); }},
    {"Name", "NAME", [](auto& r) { return r.name; }},
    {"Driver", "DRIVER", [](auto& r) { return r.driver; }},
    {"Scope", "SCOPE", [](auto&) { return "local"; }},
    {"CreatedAt", "CREATED AT", [](auto& r) { return r.created; }},
    {"IPv6", "IPV6", [](auto&) { return "false"; }},
    {"Internal", "INTERNAL", [](auto& r) { return r.internal ? "true" : "false"; }},
    {"Labels", "LABELS", [](auto& r) { return text_of(r.labels); }}};

// Returns true if the network matches a filter: "type" tests whether it is built in,
// "dangling" whether no container uses it.
bool matches_filter(const network_row& row, std::string_view key,
                    const std::string& value) {
  if (key == "name") return matches(row.name, value);
  if (key == "id") return row.id.starts_with(value);
  if (key == "driver") return row.driver == value;
  if (key == "scope") return value == "local";
  if (key == "type") return network::is_built_in(row.name) == (value == "builtin");
  if (key == "dangling")
    return parse_truth(value) == (!network::is_built_in(row.name) &&
                                  container::containers_on(row.name).empty());
  return has_label(row.labels, value);
}

std::vector<network_row> all_rows(const on_damage& report = {}) {
  std::vector<network_row> rows{{"bridge", network::default_network().id, "bridge"},
                                {"host", "000000000002" + std::string(52, '0'), "host"},
                                {"none", "000000000003" + std::string(52, '0'), "null"}};
  for (const auto& network : network::all(report))
    rows.push_back({network.name, network.id, "bridge", network.labels, network.created,
                    network.internal});
  std::ranges::sort(rows, {}, &network_row::name);
  return rows;
}

// Finds "host" or "none", the built-in networks without a bridge, by name or by the
// beginning of the id.
std::optional<network_row> find_without_bridge(const std::string& reference) {
  for (const auto& network : all_rows())
    if (network.driver != "bridge" && !reference.empty() &&
        (network.name == reference || network.id.starts_with(reference)))
      return network;
  return std::nullopt;
}

bool is_bridge(const std::string& reference) try {
  network::find(reference);
  return true;
} catch (const usage_error& missing) {
  if (missing.kind() != failure_kind::not_found) throw;
  return false;
}

// Returns the running containers on a network, by id.
json containers_of(const network::network& network) {
  json containers = json::object();
  const auto name = container::network_from_docker(network.name);
  for (const auto& id : container::containers_on(name)) {
    const auto now = container::reconcile(id);
    const auto address = now.address_on(name);
    if (address.empty()) continue;
    const auto spec = container::parse_spec(container::container_json(id));
    containers[id] = {
        {"Name", now.name},
        {"EndpointID", ""},
        {"MacAddress", spec.hardware_on(name, *net::parse_address(address))},
        {"IPv4Address", fmt::format("{}/{}", address, network.pool.prefix)},
        {"IPv6Address", ""}};
  }
  return containers;
}

json addressing_of(const network::network& network) {
  json addressing{{"Subnet", network.pool.text()},
                  {"Gateway", network.pool.gateway().text()}};
  if (network.range) addressing["IPRange"] = network.range->text();
  return addressing;
}

json details_of(const network::network& network) {
  return {{"Name", network.name},
          {"Id", network.id},
          {"Created", network.created},
          {"Scope", "local"},
          {"Driver", "bridge"},
          {"EnableIPv6", false},
          {"IPAM",
           {{"Driver", "default"}, {"Config", json::array({addressing_of(network)})}}},
          {"Internal", network.internal},
          {"Attachable", false},
          {"Ingress", false},
          {"ConfigFrom", {{"Network", ""}}},
          {"ConfigOnly", false},
          {"Containers", containers_of(network)},
          {"Options", {{"com.docker.network.bridge.name", network.bridge}}},
          {"Labels", network.labels}};
}

}  // namespace

listing list_networks(const std::vector<std::string>& filter_texts, bool no_trunc,
                      const on_damage& report) {
  const filters filter(filter_texts,
                       {"name", "id", "driver", "label", "scope", "type", "dangling"});
  filter.require_truth("dangling");
  filter.require_words("type", {"builtin", "custom"});
  auto rows = all_rows(report);
  std::erase_if(rows, [&](const network_row& network) {
    return !filter.pass(
        [&](auto key, auto& value) { return matches_filter(network, key, value); });
  });
  for (auto& row : rows) row.no_trunc = no_trunc;
  return listing_of(network_columns, rows);
}

void find_network(const std::string& reference) {
  if (!find_without_bridge(reference)) network::find(reference);
}

std::string inspect_network(const std::string& reference) {
  const auto row = find_without_bridge(reference);
  if (!row || is_bridge(reference))
    return base::json_text(details_of(network::find(reference)));
  json details = details_of(network::network{.name = row->name, .id = row->id});
  details["Created"] = row->created;
  details["Driver"] = row->driver;
  details["IPAM"]["Config"] = json::array();
  details["Options"] = json::object();
  return base::json_text(details);
}

}  // namespace zoomin::docker
