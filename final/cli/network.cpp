// SPDX-License-Identifier: MIT
// network: the commands network create, ls, inspect, rm, prune, connect and disconnect.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/prune.hpp"
#include "cli/show.hpp"
#include "common/error.hpp"
#include "docker/networks.hpp"
#include "docker/units.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

using enum kind;

int create_network(engine& engine, const arguments& words) {
  const flags options(
      "network create",
      {{"--driver", 'd', kind::text, "driver of the network (only bridge)"},
       {"--internal", 0, toggle, "restrict external access to the network"},
       {"--label", 0, list, "set metadata: NAME=VALUE"},
       {"--subnet", 0, kind::text, "subnet such as 10.80.0.0/24"},
       {"--gateway", 0, kind::text, "gateway address in the subnet"},
       {"--ip-range", 0, kind::text, "allocate addresses from a part of the subnet"},
       {"--opt", 'o', list, "driver options (none is supported)"}},
      words);
  if (options.text("--driver", "bridge") != "bridge")
    throw not_supported(
        fmt::format("network create --driver {}", options.text("--driver")));
  for (const char* part : {"--gateway", "--ip-range"})
    if (options.has(part) && !options.has("--subnet"))
      throw misuse(fmt::format("network create: {} requires --subnet", part));
  if (options.has("--opt")) throw not_supported("network create --opt");
  const auto made =
      unwrap(engine.make_network({.name = options.rest(1, 1)[0],
                                  .subnet = options.text("--subnet"),
                                  .gateway = options.text("--gateway"),
                                  .ip_range = options.text("--ip-range"),
                                  .internal = options.on("--internal"),
                                  .labels = docker::labels_of(options.list("--label"))}));
  print(made.id + "\n");
  return 0;
}

int list_networks(const arguments& words) {
  const flags options("network ls", list_flags(), words);
  options.expect_no_rest();
  print_list(options,
             docker::list_networks(options.list("--filter"), options.on("--no-trunc"),
                                   report_failure),
             {"ID", "Name", "Driver", "Scope"});
  return 0;
}

int inspect_networks(const arguments& words) {
  const flags options("network inspect", {short_format_flag}, words);
  return inspect_each(options, docker::inspect_network);
}

// Removes the default network's bridge and rules from the kernel. The next container that
// starts on it creates them again.
void take_down_default(engine& engine) {
  std::vector<std::string> running;
  for (const auto& name : engine.users_of_network("default"))
    if (is_alive(engine.state_of(name))) running.push_back(name);
  if (unwrap(engine.take_down_default_network())) return;
  throw usage_error(
      failure_kind::conflict,
      fmt::format("network bridge is in use by {}", fmt::join(running, ", ")),
      "stop them first; the default network can't be deleted, only "
      "removed from the kernel until the next container starts");
}

int remove_networks(engine& engine, const arguments& words) {
  const flags options(
      "network rm", {{"--force", 'f', toggle, "don't fail if the network doesn't exist"}},
      words);
  const bool forced = options.on("--force");
  return for_each(options.rest(1), [&](const std::string& name) {
    if (name == "bridge" || name == "default")
      take_down_default(engine);
    else if (!forgive_missing(
                 forced, [&] { print_warnings(engine.remove_network(name, forced)); }))
      return;
    print(name + "\n");
  });
}

int prune_networks(engine& engine, const arguments& words) {
  const flags options("network prune", {prune_filter_flag, force_flag}, words);
  options.expect_no_rest();
  const prune_filter filter(options);
  require_consent(options.on("--force"),
                  "all custom networks not used by at least one container");
  const auto removed = remove_unused_networks(engine, filter);
  print_removed("Deleted Networks", removed);
  return removed.status;
}

int connect(engine& engine, const arguments& words) {
  const flags options(
      "network connect",
      {{"--alias", 0, list, "add a DNS name for the container on the network"},
       {"--ip", 0, kind::text, "IPv4 address (e.g. 10.80.0.7)"}},
      words);
  const auto& names = options.rest(2, 2);
  engine.connect(names[0], names[1], options.list("--alias"), options.text("--ip"));
  return 0;
}

int disconnect(engine& engine, const arguments& words) {
  const flags options("network disconnect",
                      {{"--force", 'f', toggle, "(accepted for compatibility)"}}, words);
  const auto& names = options.rest(2, 2);
  engine.disconnect(names[0], names[1]);
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
const command network_create(
    {"network create"},
    {"create a network", "NETWORK", "zoomin network create web",
     "zoomin network create --internal --subnet 10.80.0.0/24 back"},
    create_network);
const command network_ls({"network ls", "network list"},
                         {"list networks", "", "zoomin network ls",
                          "zoomin network ls -f driver=bridge"},
                         list_networks);
const command network_inspect({"network inspect"},
                              {"show detailed information on networks",
                               "NETWORK [NETWORK...]", "zoomin network inspect web",
                               "zoomin network inspect -f '{{.Containers}}' web"},
                              inspect_networks);
const command network_rm({"network rm", "network remove"},
                         {"remove networks", "NETWORK [NETWORK...]",
                          "zoomin network rm web", "zoomin network rm -f web back"},
                         remove_networks);
const command network_prune({"network prune"},
                            {"remove unused networks", "", "zoomin network prune",
                             "zoomin network prune -f"},
                            prune_networks);

}  // namespace

removed remove_unused_networks(engine& engine, const prune_filter& filter) {
  removed result;
  for (const auto& network : engine.networks(report_failure)) {
    if (!filter.passes(network.created, network.labels) ||
        !engine.users_of_network(network.name).empty())
      continue;
    try {
      print_warnings(engine.remove_network(network.name, false));
      result.names.push_back(network.name);
    } catch (const usage_error& refused) {  // a container has joined it meanwhile
      complain(refused.what(), refused.hint());
      result.status = 1;
    }
  }
  return result;
}

}  // namespace zoomin::cli
