// SPDX-License-Identifier: MIT
// network: the commands network create, ls, inspect, rm, prune, connect and disconnect.
#include "network/network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/json.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/prune.hpp"
#include "cli/show.hpp"
#include "common/error.hpp"
#include "container/lifecycle.hpp"
#include "container/reconcile.hpp"
#include "container/store.hpp"
#include "docker/networks.hpp"
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
  network.labels = docker::labels_of(options.list("--label"));
  print(network::make(network).id + "\n");
  return 0;
}

int ls(const arguments& words) {
  const flags options("network ls", list_flags(), words);
  options.expect_no_rest();
  print_list(options,
             docker::list_networks(options.list("--filter"), options.on("--no-trunc"),
                                   complain_of),
             {"ID", "Name", "Driver", "Scope"});
  return 0;
}

int inspect(const arguments& words) {
  const flags options("network inspect", {short_format_flag}, words);
  return inspect_each(options, docker::inspect_network);
}

// Returns the container's name, or its short id if its state is damaged.
std::string name_or_id(const std::string& id) try {
  return container::read_state(id).name;
} catch (const usage_error&) {
  return docker::short_id(id);
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
  const prune_filter filter(options);
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
  docker::json attachment{{"NetworkMode", name}, {"Address", options.text("--ip")}};
  attachment["NetworkAliases"] = options.list("--alias");
  container::connect(container, container::parse_attachment(base::json_text(attachment)));
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
