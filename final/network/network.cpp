// SPDX-License-Identifier: MIT
#include "network/network.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "02-net/coordination/restore.hpp"
#include "02-net/coordination/shared_bridge.hpp"
#include "02-net/query/link_list.hpp"
#include "base/atomic_file.hpp"
#include "base/events.hpp"
#include "base/json.hpp"
#include "base/names.hpp"
#include "common/error.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "network/subnet_flags.hpp"

namespace zoomin::network {

using json = nlohmann::ordered_json;
using sys::quiet;

namespace {

// Each network gets 254 addresses of 10.80.0.0/12, unless its user chooses a subnet.
constexpr net::subnet default_range{{0x0a500000}, 12};
constexpr int default_prefix = 24;
constexpr std::string_view extension = ".json";
constexpr std::string_view bridge_prefix = "zm-";

std::string all_directory() { return root_directory() + "/networks"; }
std::string file_of(const std::string& name) {
  return fmt::format("{}/{}{}", all_directory(), name, extension);
}

unique_fd lock_store(bool exclusive) {
  return base::lock_directory(all_directory(), exclusive);
}

network parse(const json& from) {
  network found{
      .name = from.at("Name"),
      .id = from.at("Id"),
      .created = from.value("Created", ""),
      .pool = with_gateway(net::parse_subnet(from.at("Subnet")), from.at("Gateway")),
      .internal = from.value("Internal", false),
      .labels = from.value("Labels", std::map<std::string, std::string>()),
      .bridge = from.at("Bridge")};
  if (!found.bridge.starts_with(bridge_prefix) ||
      found.bridge.find('/') != std::string::npos)
    throw usage_error(
        fmt::format("{} is not a bridge name of zoomin", sys::quote(found.bridge)));
  const auto range = from.value("IPRange", "");
  if (!range.empty()) found.range = parse_range(range, found.pool);
  return found;
}

network read(const std::string& name) {
  const std::string owner = "network " + name;
  const auto hint = fmt::format("run `zoomin network rm -f {}` to remove it", name);
  return base::read_or_damaged(owner, hint, [&] {
    const auto from = base::parse_own<json>(sys::read_stored(file_of(name)), owner);
    base::require_version(from.value("Version", 1), owner);
    network found = parse(from);
    found.name = name;
    return found;
  });
}

// Returns a network with only its name if its file is damaged, so that it can be removed.
network read_or_empty(const std::string& name) try {
  return read(name);
} catch (const usage_error&) {
  return {.name = name, .id = {}};
}

void write(const network& network) {
  base::replace_file(
      file_of(network.name),
      base::json_text(json{{"Version", base::format_version},
                           {"Name", network.name},
                           {"Id", network.id},
                           {"Created", network.created},
                           {"Subnet", network.pool.text()},
                           {"Gateway", network.pool.gateway().text()},
                           {"IPRange", network.range ? network.range->text() : ""},
                           {"Internal", network.internal},
                           {"Labels", network.labels},
                           {"Bridge", network.bridge}},
                      2) +
          "\n",
      true);
}

void validate_name(const std::string& name) { base::validate_name(name, 64, "network"); }

void emit(const char* action, const network& network) {
  base::emit(
      {"network", action, network.id, {{"name", network.name}, {"type", "bridge"}}});
}

// Returns the subnets in use, each with a description of its owner.
std::vector<std::pair<net::subnet, std::string>> subnets_in_use() {
  std::vector<std::pair<net::subnet, std::string>> subnets{
      {net::default_pool, "the network bridge"}};
  for (const auto& network : all())
    subnets.emplace_back(network.pool, "the network " + network.name);
  for (const auto& route : net::routes())
    if (route.to.prefix != 0)
      subnets.emplace_back(route.to, "the route dev " + route.device);
  return subnets;
}

net::subnet free_subnet() {
  const auto others = subnets_in_use();
  constexpr std::uint32_t step = 1U << (32 - default_prefix);
  for (net::address at = default_range.network; default_range.contains(at);
       at.number += step) {
    const net::subnet candidate{at, default_prefix};
    if (std::ranges::none_of(
            others, [&](const auto& other) { return candidate.overlaps(other.first); }))
      return candidate;
  }
  throw usage_error(fmt::format("no subnet of {} is free", default_range.text()),
                    "choose another range with --subnet");
}

void require_free(const net::subnet& subnet) {
  for (const auto& [other, owner] : subnets_in_use())
    if (subnet.overlaps(other))
      throw usage_error(fmt::format("--subnet {} overlaps {} of {}", subnet.text(),
                                    other.text(), owner));
}

}  // namespace

network default_network() {
  const net::network first;
  return {.name = "bridge",
          .id = "000000000001" + std::string(52, '0'),
          .created = "0001-01-01T00:00:00Z",  // the first container creates it
          .pool = first.pool,
          .internal = false,
          .labels = {},
          .bridge = first.name};
}

bool name_exists(const std::string& name) {
  return !name.empty() && name[0] != '.' && name.find('/') == std::string::npos &&
         sys::exists(file_of(name));
}

bool is_built_in(const std::string& name) {
  constexpr std::array<std::string_view, 4> names{"bridge", "default", "host", "none"};
  return std::ranges::find(names, name) != names.end();
}

unique_fd hold() { return lock_store(false); }

namespace {

// Removes a bridge, unless it is in use. Then it belongs to another root_directory() that
// has the same run_directory().
void remove_bridge(const std::string& bridge) try {
  if (net::take_down({.name = bridge}))
    sys::remove_tree(quiet, run_directory() + "/" + bridge);  // its locks
} catch (const sys::error& failure) {
  narration::warn(fmt::format("can't remove the bridge {}: {}", bridge, failure.what()));
}

// Removes leftovers of killed commands: incomplete files, and bridges of networks whose
// file no longer exists. If a network's file is damaged, its bridge isn't known, so all
// bridges stay. Call it while the store is locked exclusively.
void remove_leftovers() {
  for (const auto& file : sys::list_directory(all_directory()))
    if (file.ends_with(".new")) ::unlink((all_directory() + "/" + file).c_str());
  bool all_known = true;
  const auto known = all([&](const auto&) { all_known = false; });
  if (!all_known || !sys::exists(run_directory())) return;
  for (const auto& name : sys::list_directory(run_directory()))
    if (name.starts_with(bridge_prefix) &&
        std::ranges::find(known, name, &network::bridge) == known.end())
      remove_bridge(name);
}

}  // namespace

network make(network network) {
  validate_name(network.name);
  const auto alone = lock_store(true);
  remove_leftovers();
  if (is_built_in(network.name) || name_exists(network.name))
    throw usage_error(failure_kind::conflict,
                      fmt::format("network with name {} already exists", network.name));
  if (network.pool.prefix == 0)
    network.pool = free_subnet();
  else
    require_free(network.pool);
  if (network.bridge.empty())
    network.bridge = std::string(bridge_prefix) + network.id.substr(0, 12);
  write(network);
  emit("create", network);
  return network;
}

std::vector<network> all(const std::function<void(const usage_error&)>& on_damage) {
  std::vector<network> networks;
  if (!sys::exists(all_directory())) return networks;
  for (const auto& file : sys::list_directory(all_directory())) {
    if (!file.ends_with(extension)) continue;
    const auto name = file.substr(0, file.size() - extension.size());
    try {
      networks.push_back(read(name));
    } catch (const sys::error&) {
      if (name_exists(name)) throw;  // otherwise it was removed meanwhile
    } catch (const usage_error& damaged) {
      if (on_damage) on_damage(damaged);
    }
  }
  return networks;
}

network find(const std::string& reference) {
  if (reference == "default" || reference == "bridge") return default_network();
  if (name_exists(reference)) {
    try {
      return read(reference);
    } catch (const sys::error&) {
      if (name_exists(reference)) throw;  // otherwise it was removed meanwhile
    }
  }
  auto known = all();
  known.push_back(default_network());
  std::vector<network> matches;
  if (!reference.empty())
    std::ranges::copy_if(known, std::back_inserter(matches), [&](const network& network) {
      return network.id.starts_with(reference);
    });
  if (matches.size() == 1) return matches[0];
  if (matches.size() > 1)
    throw usage_error(
        failure_kind::conflict,
        fmt::format("network {} is ambiguous ({} matches found on ID prefix)", reference,
                    matches.size()));
  throw usage_error(failure_kind::not_found,
                    fmt::format("network {} not found", reference),
                    "run `zoomin network ls` to list networks");
}

void remove(const std::string& name,
            const std::function<std::vector<std::string>(const std::string&)>& users) {
  const auto alone = lock_store(true);
  const auto containers = users(name);
  if (!containers.empty())
    throw usage_error(
        failure_kind::conflict,
        fmt::format("network {} is in use by {}", name, fmt::join(containers, ", ")),
        "remove these containers first, or disconnect them from it");
  const network removed = read_or_empty(name);
  if (!removed.bridge.empty() && !net::take_down(removed.link()))
    throw usage_error(
        failure_kind::conflict,
        fmt::format("network {} is in use by a container that is being stopped", name),
        "try again");
  sys::check("unlink", file_of(name), [&] { return ::unlink(file_of(name).c_str()); });
  if (!removed.bridge.empty())  // removes the locks, which no process uses any more
    sys::remove_tree(quiet, run_directory() + "/" + removed.bridge);
  remove_leftovers();
  emit("destroy", removed);
}

std::vector<std::string> close_unprotected() {
  auto names = net::close_lost();
  if (names.empty()) return names;
  auto known = all();
  known.push_back(default_network());
  for (auto& name : names)
    if (const auto found = std::ranges::find(known, name, &network::bridge);
        found != known.end())
      name = found->name;
  return names;
}

bool take_down_default() { return net::take_down(default_network().link()); }

}  // namespace zoomin::network
