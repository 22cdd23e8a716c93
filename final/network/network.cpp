// SPDX-License-Identifier: MIT
#include "network/network.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "02-net/coordination/restore.hpp"
#include "02-net/link.hpp"
#include "base/atomic_file.hpp"
#include "base/events.hpp"
#include "base/json.hpp"
#include "base/names.hpp"
#include "common/error.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::network {

using nlohmann::json;
using sys::quiet;

namespace {

// Of 10.80.0.0/12 each network gets 254 places, unless its user wants another one.
constexpr net::subnet choices{{0x0a500000}, 12};
constexpr int chosen_prefix = 24;
constexpr std::string_view ending = ".json";
constexpr std::string_view bridge_prefix = "zm-";

std::string all_directory() { return root_directory() + "/networks"; }
std::string file_of(const std::string& name) {
  return fmt::format("{}/{}{}", all_directory(), name, ending);
}

unique_fd lock_store(bool exclusive) {
  return files::lock_directory(all_directory(), exclusive);
}

network parse(const json& from) {
  network found{
      .name = from.at("Name"),
      .id = from.at("Id"),
      .created = from.value("Created", ""),
      .pool = net::with_gateway(net::parse_subnet(from.at("Subnet")), from.at("Gateway")),
      .internal = from.value("Internal", false),
      .labels = from.value("Labels", std::map<std::string, std::string>()),
      .bridge = from.at("Bridge")};
  if (!found.bridge.starts_with(bridge_prefix) ||
      found.bridge.find('/') != std::string::npos)
    throw usage_error(fmt::format("{} is no bridge of ours", sys::quote(found.bridge)));
  const auto range = from.value("IPRange", "");
  if (!range.empty()) found.range = net::parse_range(range, found.pool);
  return found;
}

network read(const std::string& name) {
  const std::string whose = "network " + name;
  const auto hint = fmt::format("zoomin network rm -f {} removes it", name);
  return files::read_or_damaged(whose, hint, [&] {
    const auto from = files::parse_own(sys::read_stored(file_of(name)), whose);
    files::require_version(from.value("Version", 1), whose);
    network found = parse(from);
    found.name = name;
    return found;
  });
}

// A damaged network can be removed too: nothing but its name is known then.
network read_or_empty(const std::string& name) try {
  return read(name);
} catch (const usage_error&) {
  return {.name = name, .id = {}};
}

void write(const network& network) {
  files::replace_file(
      file_of(network.name),
      files::json_text(json{{"Version", files::format_version},
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

void validate_name(const std::string& name) {
  files::validate_name(name, 64, "a network's name");
}

void tell(const char* action, const network& one) {
  events::emit({"network", action, one.id, {{"name", one.name}, {"type", "bridge"}}});
}

// What a subnet may not overlap with, and whose that is.
std::vector<std::pair<net::subnet, std::string>> taken() {
  std::vector<std::pair<net::subnet, std::string>> list{
      {net::default_pool, "the network bridge"}};
  for (const auto& one : all()) list.emplace_back(one.pool, "the network " + one.name);
  net::links host;
  for (const auto& one : host.routes())
    if (one.to.prefix != 0) list.emplace_back(one.to, "the route dev " + one.device);
  return list;
}

net::subnet free_subnet() {
  const auto others = taken();
  constexpr std::uint32_t step = 1U << (32 - chosen_prefix);
  for (net::address at = choices.network; choices.contains(at); at.number += step) {
    const net::subnet one{at, chosen_prefix};
    if (std::ranges::none_of(
            others, [&](const auto& other) { return one.overlaps(other.first); }))
      return one;
  }
  throw usage_error(fmt::format("no subnet of {} is free", choices.text()),
                    "--subnet names another one");
}

void require_free(const net::subnet& wanted) {
  for (const auto& [other, whose] : taken())
    if (wanted.overlaps(other))
      throw usage_error(fmt::format("--subnet {} overlaps {} of {}", wanted.text(),
                                    other.text(), whose));
}

}  // namespace

network default_network() {
  const net::network first;
  return {.name = "bridge",
          .id = "000000000001" + std::string(52, '0'),
          .created = "0001-01-01T00:00:00Z",  // with each first container
          .pool = first.pool,
          .internal = false,
          .labels = {},
          .bridge = first.name};
}

bool is_named(const std::string& name) {
  return !name.empty() && name[0] != '.' && name.find('/') == std::string::npos &&
         sys::exists(file_of(name));
}

bool is_built_in(const std::string& name) {
  constexpr std::array<std::string_view, 4> result{"bridge", "default", "host", "none"};
  return std::ranges::find(result, name) != result.end();
}

unique_fd hold() { return lock_store(false); }

namespace {

// Removes a bridge. A bridge that is in use belongs to another store that shares our
// run_directory(), and stays.
void remove_bridge(const std::string& bridge) try {
  if (net::take_down({.name = bridge}))
    sys::remove_tree(quiet, run_directory() + "/" + bridge);  // its locks
} catch (const sys::error& failure) {
  narration::warn(fmt::format("the bridge {} stays: {}", bridge, failure.what()));
}

// Removes what killed commands left: a file half written, and bridges of networks whose
// file is gone. Call it while the store is locked exclusively. Where a file is damaged,
// its bridge can't be told from those: then all stay.
void remove_left() {
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

network make(network wanted) {
  validate_name(wanted.name);
  const auto alone = lock_store(true);
  remove_left();
  if (is_built_in(wanted.name) || is_named(wanted.name))
    throw usage_error(failure_kind::conflict,
                      fmt::format("network with name {} already exists", wanted.name));
  if (wanted.pool.prefix == 0)
    wanted.pool = free_subnet();
  else
    require_free(wanted.pool);
  if (wanted.bridge.empty())
    wanted.bridge = std::string(bridge_prefix) + wanted.id.substr(0, 12);
  write(wanted);
  tell("create", wanted);
  return wanted;
}

std::vector<network> all(const std::function<void(const usage_error&)>& on_damage) {
  std::vector<network> list;
  if (!sys::exists(all_directory())) return list;
  for (const auto& file : sys::list_directory(all_directory())) {
    if (!file.ends_with(ending)) continue;
    const auto name = file.substr(0, file.size() - ending.size());
    try {
      list.push_back(read(name));
    } catch (const sys::error&) {
      if (is_named(name)) throw;  // else it was removed meanwhile
    } catch (const usage_error& damaged) {
      if (on_damage) on_damage(damaged);
    }
  }
  return list;
}

network find(const std::string& reference) {
  if (reference == "default" || reference == "bridge") return default_network();
  if (is_named(reference)) {
    try {
      return read(reference);
    } catch (const sys::error&) {
      if (is_named(reference)) throw;  // else it was removed just now
    }
  }
  auto known = all();
  known.push_back(default_network());
  std::vector<network> meant;
  if (!reference.empty())
    std::ranges::copy_if(known, std::back_inserter(meant), [&](const network& one) {
      return one.id.starts_with(reference);
    });
  if (meant.size() == 1) return meant[0];
  if (meant.size() > 1)
    throw usage_error(failure_kind::conflict,
                      fmt::format("{}: several networks' ids begin so", reference));
  throw usage_error(failure_kind::not_found,
                    fmt::format("network {} not found", reference),
                    "`zoomin network ls` lists them");
}

void remove(const std::string& name,
            const std::function<std::vector<std::string>(const std::string&)>& users) {
  const auto alone = lock_store(true);
  const auto used = users(name);
  if (!used.empty())
    throw usage_error(
        failure_kind::conflict,
        fmt::format("network {} is used by {}", name, fmt::join(used, ", ")),
        "remove them first, or put them into another one");
  const network gone = read_or_empty(name);
  if (!gone.bridge.empty() && !net::take_down(gone.link()))
    throw usage_error(failure_kind::conflict,
                      fmt::format("network {} is used by a container that ends", name),
                      "try again");
  sys::check("unlink", file_of(name), [&] { return ::unlink(file_of(name).c_str()); });
  if (!gone.bridge.empty())  // its locks: nobody is left
    sys::remove_tree(quiet, run_directory() + "/" + gone.bridge);
  remove_left();
  tell("destroy", gone);
}

std::vector<std::string> without_rules() {
  auto names = net::close_lost();
  if (names.empty()) return names;
  auto known = all();
  known.push_back(default_network());
  for (auto& name : names)
    if (const auto of = std::ranges::find(known, name, &network::bridge);
        of != known.end())
      name = of->name;
  return names;
}

bool take_down_default() { return net::take_down(default_network().link()); }

}  // namespace zoomin::network
