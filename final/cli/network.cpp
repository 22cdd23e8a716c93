// SPDX-License-Identifier: MIT
// network: the commands network create, ls, inspect, rm, prune, connect and disconnect.
#include "network/network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/json.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/filters.hpp"
#include "cli/inspect.hpp"
#include "cli/prune.hpp"
#include "cli/text/template.hpp"
#include "common/error.hpp"
#include "container/lifecycle.hpp"
#include "container/reconcile.hpp"
#include "container/runtime/endpoints.hpp"
#include "container/store.hpp"
#include "docker/units.hpp"
#include "network/subnet_flags.hpp"

namespace zoomin::cli {

namespace {

using enum kind;

int create(const arguments& words) {
  const flags options(
      "network create",
      {{"--driver", 'd', kind::text, "", "driver of the network (only bridge)"},
       {"--internal", 0, toggle, "", "restrict external access to the network"},
       {"--label", 0, list, "", "set metadata: NAME=VALUE"},
       {"--subnet", 0, kind::text, "", "subnet such as 10.80.0.0/24"},
       {"--gateway", 0, kind::text, "", "gateway address in the subnet"},
       {"--ip-range", 0, kind::text, "", "allocate addresses from a part of the subnet"},
       {"--opt", 'o', list, "", "driver options (none is supported)"}},
      words);
  if (options.text("--driver", "bridge") != "bridge")
    throw not_supported(
        fmt::format("network create --driver {}", options.text("--driver")));
  network::network network{.name = options.rest(1, 1)[0],
                           .id = container::new_id(),
                           .created = container::now_text(),
                           .internal = options.on("--internal")};
  if (options.has("--subnet")) network.pool = net::parse_subnet(options.text("--subnet"));
  if (options.has("--gateway")) {
    if (!options.has("--subnet"))
      throw misuse("network create: --gateway requires --subnet");
    network.pool = network::with_gateway(network.pool, options.text("--gateway"));
  }
  if (options.has("--ip-range")) {
    if (!options.has("--subnet"))
      throw misuse("network create: --ip-range requires --subnet");
    network.range = network::parse_range(options.text("--ip-range"), network.pool);
  }
  if (options.has("--opt")) throw not_supported("network create --opt");
  network.labels = labels_of(options.list("--label"));
  print(network::make(network).id + "\n");
  return 0;
}

struct row {
  std::string name, id, driver;
  label_map labels{};
  std::string created = "0001-01-01T00:00:00Z";
  bool internal = false;
};

// Returns true if the network matches a filter: "type" tests whether it is built in,
// "dangling" whether no container uses it.
bool meets(const row& row, std::string_view key, const std::string& value) {
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

void validate(const filters& filter) {
  for (const auto& value : filter.values("dangling")) parse_truth(value);
  for (const auto& value : filter.values("type"))
    if (value != "builtin" && value != "custom")
      throw misuse(fmt::format("--filter type={}: expected builtin or custom", value));
}

std::vector<row> all_rows(const std::function<void(const usage_error&)>& on_damage = {}) {
  std::vector<row> rows{{"bridge", network::default_network().id, "bridge"},
                        {"host", "000000000002" + std::string(52, '0'), "host"},
                        {"none", "000000000003" + std::string(52, '0'), "null"}};
  for (const auto& one : network::all(on_damage))
    rows.push_back({one.name, one.id, "bridge", one.labels, one.created, one.internal});
  std::ranges::sort(rows, {}, &row::name);
  return rows;
}

// Finds a built-in network that isn't a bridge: "host", "none", or the beginning of an
// id.
std::optional<row> without_bridge(const std::string& reference) {
  for (const auto& network : all_rows())
    if (network.driver != "bridge" && !reference.empty() &&
        (network.name == reference || network.id.starts_with(reference)))
      return network;
  return std::nullopt;
}

int ls(const arguments& words) {
  const flags options("network ls", {quiet_flag, no_trunc_flag, format_flag, filter_flag},
                      words);
  options.expect_no_rest();
  std::vector<json> rows;
  const filters filter("network ls", options,
                       {"name", "id", "driver", "label", "scope", "type", "dangling"});
  validate(filter);
  for (const auto& network : all_rows(complain_of))
    if (filter.pass([&](auto key, auto& value) { return meets(network, key, value); }))
      rows.push_back(
          {{"ID", options.on("--no-trunc") ? network.id : short_id(network.id)},
           {"Name", network.name},
           {"Driver", network.driver},
           {"Scope", "local"},
           {"CreatedAt", network.created},
           {"IPv6", "false"},
           {"Internal", network.internal ? "true" : "false"},
           {"Labels", text_of(network.labels)}});
  const json headings{{"ID", "NETWORK ID"},        {"Name", "NAME"},
                      {"Driver", "DRIVER"},        {"Scope", "SCOPE"},
                      {"CreatedAt", "CREATED AT"}, {"IPv6", "IPV6"},
                      {"Internal", "INTERNAL"},    {"Labels", "LABELS"}};
  const std::string shape = options.on("--quiet") ? "{{.ID}}" : options.text("--format");
  print(
      listed(rows, headings, shape, "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}"));
  return 0;
}

// Returns the running containers on a network, by id, in the shape of docker's JSON.
json containers_of(const network::network& network) {
  json containers = json::object();
  for (const auto& id :
       container::containers_on(container::network_from_docker(network.name))) {
    const auto now = container::reconcile(id);
    const auto address = now.address_on(container::network_from_docker(network.name));
    if (address.empty()) continue;
    const auto spec = container::parse_spec(container::container_json(id));
    containers[id] = {
        {"Name", now.name},
        {"EndpointID", ""},
        {"MacAddress", spec.hardware_on(container::network_from_docker(network.name),
                                        *net::parse_address(address))},
        {"IPv4Address", fmt::format("{}/{}", address, network.pool.prefix)},
        {"IPv6Address", ""}};
  }
  return containers;
}

json addressing_of(const network::network& shown) {
  json addressing{{"Subnet", shown.pool.text()},
                  {"Gateway", shown.pool.gateway().text()}};
  if (shown.range) addressing["IPRange"] = shown.range->text();
  return addressing;
}

json fields_of(const network::network& network) {
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

int inspect(const arguments& words) {
  const flags options("network inspect", {short_format_flag}, words);
  return inspect_each(options, network_text);
}

// Returns the container's name, or its short id if its state is damaged.
std::string name_or_id(const std::string& id) try {
  return container::read_state(id).name;
} catch (const usage_error&) {
  return short_id(id);
}

std::vector<std::string> users(const std::string& name) {
  auto names = container::containers_on(name);
  for (auto& user : names) user = name_or_id(user);
  return names;
}

// Returns the name of the network to remove. With --force a damaged network is removed by
// the name of its file.
std::string name_of(const std::string& reference, bool forced) try {
  return network::find(reference).name;
} catch (const usage_error& failure) {
  if (!forced || failure.kind() != failure_kind::damaged) throw;
  return reference;
}

// Returns the names of the running containers on a network.
std::vector<std::string> running_users(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& id : container::containers_on(name))
    if (const auto now = container::reconcile(id); container::is_alive(now))
      names.push_back(now.name);
  return names;
}

// Removes the default network from the kernel. The network itself can't be deleted.
void take_down_usual() {
  const auto used = running_users(container::network_from_docker("bridge"));
  if (network::take_down_default()) return;
  throw usage_error(failure_kind::conflict,
                    fmt::format("network bridge is in use by {}", fmt::join(used, ", ")),
                    "stop them first; the default network can't be deleted, only "
                    "removed from the kernel until the next container starts");
}

int remove(const arguments& words) {
  const flags options(
      "network rm",
      {{"--force", 'f', toggle, "", "don't fail if the network doesn't exist"}}, words);
  return for_each(options.rest(1), [&](const std::string& name) {
    if (name == "bridge" || name == "default") {
      take_down_usual();
      print(name + "\n");
      return;
    }
    if (network::is_built_in(name))
      throw usage_error(fmt::format("{} is a pre-defined network", name));
    forgive_missing(options.on("--force"), [&] {
      network::remove(name_of(name, options.on("--force")), users);
      print(name + "\n");
    });
  });
}

int prune(const arguments& words) {
  const flags options("network prune", {prune_filter_flag, force_flag}, words);
  options.expect_no_rest();
  const prune_filter filter("network prune", options);
  require_consent(options.on("--force"),
                  "all custom networks not used by at least one container");
  const auto gone = remove_unused_networks(filter);
  print_removed("Deleted Networks", gone);
  return gone.status;
}

// Returns the name of the network as a container's spec stores it, and the container.
std::pair<std::string, std::string> network_and_container(const flags& options) {
  const auto& words = options.rest(2, 2);
  if (network::is_built_in(words[0]) && words[0] != "bridge" && words[0] != "default")
    throw usage_error(
        fmt::format("containers can't be connected to the {} network", words[0]));
  return {container::network_from_docker(network::find(words[0]).name), words[1]};
}

int connect(const arguments& words) {
  const flags options(
      "network connect",
      {{"--alias", 0, list, "", "add a DNS name for the container on the network"},
       {"--ip", 0, kind::text, "", "IPv4 address (e.g. 10.80.0.7)"}},
      words);
  const auto [name, container] = network_and_container(options);
  json attachment{{"NetworkMode", name}, {"Address", options.text("--ip")}};
  attachment["NetworkAliases"] = options.list("--alias");
  container::connect(container,
                     container::parse_attachment(files::json_text(attachment)));
  return 0;
}

int disconnect(const arguments& words) {
  const flags options("network disconnect",
                      {{"--force", 'f', toggle, "", "(accepted for compatibility)"}},
                      words);
  const auto [name, container] = network_and_container(options);
  container::disconnect(container, name);
  return 0;
}

const command connect_command(
    {"network connect"},
    {"connect a container to a network", "NETWORK CONTAINER",
     "zoomin network connect web db",
     "zoomin network connect --alias cache --ip 10.80.0.7 web redis"},
    connect);
const command disconnect_command({"network disconnect"},
                                 {"disconnect a container from a network",
                                  "NETWORK CONTAINER", "zoomin network disconnect web db",
                                  "zoomin network disconnect bridge db"},
                                 disconnect);
const command create_command(
    {"network create"},
    {"create a network", "NETWORK", "zoomin network create web",
     "zoomin network create --internal --subnet 10.80.0.0/24 back"},
    create);
const command ls_command({"network ls", "network list"},
                         {"list networks", "", "zoomin network ls",
                          "zoomin network ls -f driver=bridge"},
                         ls);
const command inspect_command({"network inspect"},
                              {"show detailed information on networks",
                               "NETWORK [NETWORK...]", "zoomin network inspect web",
                               "zoomin network inspect -f '{{.Containers}}' web"},
                              inspect);
const command rm_command({"network rm", "network remove"},
                         {"remove networks", "NETWORK [NETWORK...]",
                          "zoomin network rm web", "zoomin network rm -f web back"},
                         remove);
const command prune_command({"network prune"},
                            {"remove unused networks", "", "zoomin network prune",
                             "zoomin network prune -f"},
                            prune);

}  // namespace

void find_network(const std::string& name) {
  if (!without_bridge(name)) network::find(name);
}

std::string network_text(const std::string& name) {
  const auto row = without_bridge(name);
  if (!row || finds([&] { network::find(name); }))
    return files::json_text(fields_of(network::find(name)));
  json details = fields_of(network::network{.name = row->name, .id = row->id});
  details["Created"] = row->created;
  details["Driver"] = row->driver;
  details["IPAM"]["Config"] = json::array();
  details["Options"] = json::object();
  return files::json_text(details);
}

removed remove_unused_networks(const prune_filter& filter) {
  removed result;
  for (const auto& network : network::all(complain_of)) {
    if (!filter.passes(network.created, network.labels) || !users(network.name).empty())
      continue;
    try {
      network::remove(network.name, users);
      result.names.push_back(network.name);
    } catch (const usage_error& refused) {  // a container uses it by now
      complain(refused.what(), refused.hint());
      result.status = 1;
    }
  }
  return result;
}

}  // namespace zoomin::cli
