// SPDX-License-Identifier: MIT
// network create, ls, inspect, rm, prune.
#include "network/network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/json.hpp"
#include "cli/inspect.hpp"
#include "cli/prune.hpp"
#include "cli/text/template.hpp"
#include "common/error.hpp"
#include "container/lifecycle.hpp"
#include "container/monitor/monitor.hpp"
#include "container/runtime/endpoints.hpp"
#include "container/store.hpp"
#include "docker/filters.hpp"
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
bool meets(const row& one, std::string_view key, const std::string& value) {
  if (key == "name") return matches(one.name, value);
  if (key == "id") return one.id.starts_with(value);
  if (key == "driver") return one.driver == value;
  if (key == "scope") return value == "local";
  if (key == "type") return network::is_built_in(one.name) == (value == "builtin");
  if (key == "dangling")
    return parse_truth(value) == (!network::is_built_in(one.name) &&
                                  container::containers_on(one.name).empty());
  return has_label(one.labels, value);
}

void require_sense(const filters& wanted) {
  for (const auto& value : wanted.values("dangling")) parse_truth(value);
  for (const auto& value : wanted.values("type"))
    if (value != "builtin" && value != "custom")
      throw misuse(fmt::format("--filter type={}: expected builtin or custom", value));
}

std::vector<row> all_rows(const std::function<void(const usage_error&)>& on_damage = {}) {
  std::vector<row> all{{"bridge", network::usual().id, "bridge"},
                       {"host", "000000000002" + std::string(52, '0'), "host"},
                       {"none", "000000000003" + std::string(52, '0'), "null"}};
  for (const auto& one : network::all(on_damage))
    all.push_back({one.name, one.id, "bridge", one.labels, one.created, one.internal});
  std::ranges::sort(all, {}, &row::name);
  return all;
}

// Of what is built in, all but the usual one: "host", "none", or an id.
std::optional<row> without_bridge(const std::string& reference) {
  for (const auto& one : all_rows())
    if (one.driver != "bridge" && !reference.empty() &&
        (one.name == reference || one.id.starts_with(reference)))
      return one;
  return std::nullopt;
}

int ls(const arguments& words) {
  const flags given("network ls", {quiet_flag, no_trunc_flag, format_flag, filter_flag},
                    words);
  given.expect_no_rest();
  std::vector<json> all;
  const filters wanted("network ls", given,
                       {"name", "id", "driver", "label", "scope", "type", "dangling"});
  require_sense(wanted);
  for (const auto& one : all_rows(complain_of))
    if (wanted.pass([&](auto key, auto& value) { return meets(one, key, value); }))
      all.push_back({{"ID", given.on("--no-trunc") ? one.id : short_id(one.id)},
                     {"Name", one.name},
                     {"Driver", one.driver},
                     {"Scope", "local"},
                     {"CreatedAt", one.created},
                     {"IPv6", "false"},
                     {"Internal", one.internal ? "true" : "false"},
                     {"Labels", text_of(one.labels)}});
  const json headings{{"ID", "NETWORK ID"},        {"Name", "NAME"},
                      {"Driver", "DRIVER"},        {"Scope", "SCOPE"},
                      {"CreatedAt", "CREATED AT"}, {"IPv6", "IPV6"},
                      {"Internal", "INTERNAL"},    {"Labels", "LABELS"}};
  const std::string shape = given.on("--quiet") ? "{{.ID}}" : given.text("--format");
  print(
      listed(all, headings, shape, "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}"));
  return 0;
}

// Returns the running containers on a network, by id, as docker's JSON has them.
json containers_of(const network::network& one) {
  json all = json::object();
  for (const auto& id : container::containers_on(container::meant_network(one.name))) {
    const auto now = container::mended(id);
    const auto address = now.address_on(container::meant_network(one.name));
    if (address.empty()) continue;
    const auto asked = container::parse_asked(container::container_json(id));
    all[id] = {{"Name", now.name},
               {"EndpointID", ""},
               {"MacAddress", asked.hardware_on(container::meant_network(one.name),
                                                *net::parse_address(address))},
               {"IPv4Address", fmt::format("{}/{}", address, one.pool.prefix)},
               {"IPv6Address", ""}};
  }
  return all;
}

json addressing_of(const network::network& shown) {
  json all{{"Subnet", shown.pool.text()}, {"Gateway", shown.pool.gateway().text()}};
  if (shown.range) all["IPRange"] = shown.range->text();
  return all;
}

json fields_of(const network::network& one) {
  return {
      {"Name", one.name},
      {"Id", one.id},
      {"Created", one.created},
      {"Scope", "local"},
      {"Driver", "bridge"},
      {"EnableIPv6", false},
      {"IPAM", {{"Driver", "default"}, {"Config", json::array({addressing_of(one)})}}},
      {"Internal", one.internal},
      {"Attachable", false},
      {"Ingress", false},
      {"ConfigFrom", {{"Network", ""}}},
      {"ConfigOnly", false},
      {"Containers", containers_of(one)},
      {"Options", {{"com.docker.network.bridge.name", one.bridge}}},
      {"Labels", one.labels}};
}

int inspect(const arguments& words) {
  const flags given("network inspect", {short_format_flag}, words);
  return inspect_each(given, network_text);
}

// Returns the container's name, or its short id where its state is damaged.
std::string name_or_id(const std::string& id) try {
  return container::read_state(id).name;
} catch (const usage_error&) {
  return short_id(id);
}

std::vector<std::string> users(const std::string& name) {
  auto all = container::containers_on(name);
  for (auto& one : all) one = name_or_id(one);
  return all;
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
  std::vector<std::string> all;
  for (const auto& id : container::containers_on(name))
    if (const auto now = container::mended(id); container::is_alive(now))
      all.push_back(now.name);
  return all;
}

// Removes the default network from the kernel. The network itself can't be deleted.
void take_down_usual() {
  const auto used = running_users(container::meant_network("bridge"));
  if (network::take_down_usual()) return;
  throw usage_error(failure_kind::conflict,
                    fmt::format("network bridge is used by {}", fmt::join(used, ", ")),
                    "stop them first; the network itself can't be deleted, but leaves "
                    "the kernel until the next container starts");
}

int remove(const arguments& words) {
  const flags given(
      "network rm",
      {{"--force", 'f', toggle, "", "don't fail if the network doesn't exist"}}, words);
  return for_each(given.rest(1), [&](const std::string& name) {
    if (name == "bridge" || name == "default") {
      take_down_usual();
      print(name + "\n");
      return;
    }
    if (network::is_built_in(name))
      throw usage_error(fmt::format("{} is a pre-defined network", name));
    forgive_missing(given.on("--force"), [&] {
      network::remove(name_of(name, given.on("--force")), users);
      print(name + "\n");
    });
  });
}

int prune(const arguments& words) {
  const flags given("network prune", {prune_filter_flag, force_flag}, words);
  given.expect_no_rest();
  const prune_filter wanted("network prune", given);
  require_consent(given.on("--force"), "all networks that no container has");
  const auto gone = remove_unused_networks(wanted);
  tell("Deleted Networks", gone);
  return gone.status;
}

// Its name, as a container has it, and the container.
std::pair<std::string, std::string> network_and_container(const flags& given) {
  const auto& words = given.rest(2, 2);
  if (network::is_built_in(words[0]) && words[0] != "bridge" && words[0] != "default")
    throw usage_error(
        fmt::format("{} is no network that one can be connected to", words[0]));
  return {container::meant_network(network::find(words[0]).name), words[1]};
}

int connect(const arguments& words) {
  const flags given(
      "network connect",
      {{"--alias", 0, list, "", "add a name for the container on the network"},
       {"--ip", 0, kind::text, "", "IPv4 address"}},
      words);
  const auto [name, container] = network_and_container(given);
  json wanted{{"NetworkMode", name}, {"Address", given.text("--ip")}};
  wanted["NetworkAliases"] = given.list("--alias");
  container::connect(container, container::parse_attachment(files::json_text(wanted)));
  return 0;
}

int disconnect(const arguments& words) {
  const flags given(
      "network disconnect",
      {{"--force", 'f', toggle, "", "accepted; nothing is left half connected"}}, words);
  const auto [name, container] = network_and_container(given);
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
  const auto one = without_bridge(name);
  if (!one || finds([&] { network::find(name); }))
    return files::json_text(fields_of(network::find(name)));
  json all = fields_of(network::network{.name = one->name, .id = one->id});
  all["Created"] = one->created;
  all["Driver"] = one->driver;
  all["IPAM"]["Config"] = json::array();
  all["Options"] = json::object();
  return files::json_text(all);
}

removed remove_unused_networks(const prune_filter& wanted) {
  removed all;
  for (const auto& one : network::all(complain_of)) {
    if (!wanted.passes(one.created, one.labels) || !users(one.name).empty()) continue;
    try {
      network::remove(one.name, users);
      all.names.push_back(one.name);
    } catch (const usage_error& refused) {  // a container was put into it just now
      complain(refused.what(), refused.hint());
      all.status = 1;
    }
  }
  return all;
}

}  // namespace zoomin::cli
