// SPDX-License-Identifier: MIT
// network create, ls, inspect, rm, prune.
#include "network/network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/json.hpp"
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

namespace zoomin::cli {

namespace {

using enum kind;

int create(const arguments& words) {
  const flags given(
      "network create",
      {{"--driver", 'd', kind::text, "", "driver of the network (only bridge)"},
       {"--internal", 0, toggle, "", "restrict access to the outside"},
       {"--label", 0, list, "", "set metadata: NAME=VALUE"},
       {"--subnet", 0, kind::text, "", "subnet such as 10.80.0.0/24"},
       {"--gateway", 0, kind::text, "", "gateway address in the subnet"},
       {"--ip-range", 0, kind::text, "", "choose addresses from a part of the subnet"},
       {"--opt", 'o', list, "", "driver options (none is supported)"}},
      words);
  if (given.text("--driver", "bridge") != "bridge")
    throw not_supported(
        fmt::format("network create --driver {}", given.text("--driver")));
  network::network wanted{.name = given.rest(1, 1)[0],
                          .id = container::new_id(),
                          .created = container::now_text(),
                          .internal = given.on("--internal")};
  if (given.has("--subnet")) wanted.pool = net::parse_subnet(given.text("--subnet"));
  if (given.has("--gateway")) {
    if (!given.has("--subnet")) throw misuse("network create --gateway: needs --subnet");
    wanted.pool = net::with_gateway(wanted.pool, given.text("--gateway"));
  }
  if (given.has("--ip-range")) {
    if (!given.has("--subnet")) throw misuse("network create --ip-range: needs --subnet");
    wanted.range = net::parse_range(given.text("--ip-range"), wanted.pool);
  }
  if (given.has("--opt")) throw not_supported("network create --opt");
  wanted.labels = labels_of(given.list("--label"));
  print(network::make(wanted).id + "\n");
  return 0;
}

struct row {
  std::string name, id, driver;
  label_map labels{};
  std::string created = "0001-01-01T00:00:00Z";
  bool internal = false;
};

// Tells whether a row passes a filter. "type" asks whether the network is built in,
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

void require_sense(const filters& wanted) {
  for (const auto& value : wanted.values("dangling")) parse_truth(value);
  for (const auto& value : wanted.values("type"))
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

// Of what is built in, all but the usual one: "host", "none", or an id.
std::optional<row> without_bridge(const std::string& reference) {
  for (const auto& all_row : all_rows())
    if (all_row.driver != "bridge" && !reference.empty() &&
        (all_row.name == reference || all_row.id.starts_with(reference)))
      return all_row;
  return std::nullopt;
}

int ls(const arguments& words) {
  const flags options("network ls", {quiet_flag, no_trunc_flag, format_flag, filter_flag},
                      words);
  options.expect_no_rest();
  std::vector<json> result;
  const filters wanted("network ls", options,
                       {"name", "id", "driver", "label", "scope", "type", "dangling"});
  require_sense(wanted);
  for (const auto& all_row : all_rows(complain_of))
    if (wanted.pass([&](auto key, auto& value) { return meets(all_row, key, value); }))
      result.push_back(
          {{"ID", options.on("--no-trunc") ? all_row.id : short_id(all_row.id)},
           {"Name", all_row.name},
           {"Driver", all_row.driver},
           {"Scope", "local"},
           {"CreatedAt", all_row.created},
           {"IPv6", "false"},
           {"Internal", all_row.internal ? "true" : "false"},
           {"Labels", text_of(all_row.labels)}});
  const json headings{{"ID", "NETWORK ID"},        {"Name", "NAME"},
                      {"Driver", "DRIVER"},        {"Scope", "SCOPE"},
                      {"CreatedAt", "CREATED AT"}, {"IPv6", "IPV6"},
                      {"Internal", "INTERNAL"},    {"Labels", "LABELS"}};
  const std::string shape = options.on("--quiet") ? "{{.ID}}" : options.text("--format");
  print(listed(result, headings, shape,
               "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}"));
  return 0;
}

// Returns the running containers on a network, by id, as docker's JSON has them.
json containers_of(const network::network& network) {
  json result = json::object();
  for (const auto& id :
       container::containers_on(container::network_from_docker(network.name))) {
    const auto now = container::reconcile(id);
    const auto address = now.address_on(container::network_from_docker(network.name));
    if (address.empty()) continue;
    const auto spec = container::parse_spec(container::container_json(id));
    result[id] = {
        {"Name", now.name},
        {"EndpointID", ""},
        {"MacAddress", spec.hardware_on(container::network_from_docker(network.name),
                                        *net::parse_address(address))},
        {"IPv4Address", fmt::format("{}/{}", address, network.pool.prefix)},
        {"IPv6Address", ""}};
  }
  return result;
}

json addressing_of(const network::network& shown) {
  json result{{"Subnet", shown.pool.text()}, {"Gateway", shown.pool.gateway().text()}};
  if (shown.range) result["IPRange"] = shown.range->text();
  return result;
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

// Returns the container's name, or its short id where its state is damaged.
std::string name_or_id(const std::string& id) try {
  return container::read_state(id).name;
} catch (const usage_error&) {
  return short_id(id);
}

std::vector<std::string> users(const std::string& name) {
  auto result = container::containers_on(name);
  for (auto& one : result) one = name_or_id(one);
  return result;
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
  std::vector<std::string> result;
  for (const auto& id : container::containers_on(name))
    if (const auto now = container::reconcile(id); container::is_alive(now))
      result.push_back(now.name);
  return result;
}

// Removes the default network from the kernel. The network itself can't be deleted.
void take_down_usual() {
  const auto used = running_users(container::network_from_docker("bridge"));
  if (network::take_down_default()) return;
  throw usage_error(failure_kind::conflict,
                    fmt::format("network bridge is used by {}", fmt::join(used, ", ")),
                    "stop them first; the network itself can't be deleted, but leaves "
                    "the kernel until the next container starts");
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
  const prune_filter wanted("network prune", options);
  require_consent(options.on("--force"), "all networks that no container has");
  const auto gone = remove_unused_networks(wanted);
  tell("Deleted Networks", gone);
  return gone.status;
}

// Its name, as a container has it, and the container.
std::pair<std::string, std::string> network_and_container(const flags& options) {
  const auto& words = options.rest(2, 2);
  if (network::is_built_in(words[0]) && words[0] != "bridge" && words[0] != "default")
    throw usage_error(
        fmt::format("{} is no network that one can be connected to", words[0]));
  return {container::network_from_docker(network::find(words[0]).name), words[1]};
}

int connect(const arguments& words) {
  const flags options(
      "network connect",
      {{"--alias", 0, list, "", "add a name for the container on the network"},
       {"--ip", 0, kind::text, "", "IPv4 address"}},
      words);
  const auto [name, container] = network_and_container(options);
  json wanted{{"NetworkMode", name}, {"Address", options.text("--ip")}};
  wanted["NetworkAliases"] = options.list("--alias");
  container::connect(container, container::parse_attachment(files::json_text(wanted)));
  return 0;
}

int disconnect(const arguments& words) {
  const flags options(
      "network disconnect",
      {{"--force", 'f', toggle, "", "accepted; nothing is left half connected"}}, words);
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
                              {"show all details of networks as JSON",
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
  json result = fields_of(network::network{.name = row->name, .id = row->id});
  result["Created"] = row->created;
  result["Driver"] = row->driver;
  result["IPAM"]["Config"] = json::array();
  result["Options"] = json::object();
  return files::json_text(result);
}

removed remove_unused_networks(const prune_filter& wanted) {
  removed result;
  for (const auto& network : network::all(complain_of)) {
    if (!wanted.passes(network.created, network.labels) || !users(network.name).empty())
      continue;
    try {
      network::remove(network.name, users);
      result.names.push_back(network.name);
    } catch (const usage_error& refused) {  // a container was put into it just now
      complain(refused.what(), refused.hint());
      result.status = 1;
    }
  }
  return result;
}

}  // namespace zoomin::cli
