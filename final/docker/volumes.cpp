// SPDX-License-Identifier: MIT
#include "docker/volumes.hpp"

#include <algorithm>
#include <set>

#include "base/json.hpp"
#include "container/store.hpp"
#include "docker/filters.hpp"
#include "volume/volume.hpp"

namespace zoomin::docker {

namespace {

constexpr column<volume::volume> volume_columns[]{
    {"Driver", "DRIVER", [](auto&) { return "local"; }},
    {"Name", "VOLUME NAME", [](auto& r) { return r.name; }},
    {"Mountpoint", "MOUNTPOINT", [](auto& r) { return volume::data_of(r.name); }},
    {"Scope", "SCOPE", [](auto&) { return "local"; }},
    {"Labels", "LABELS", [](auto& r) { return text_of(r.labels); }}};

bool matches_filter(const volume::volume& volume, std::string_view key,
                    const std::string& value, const std::set<std::string>& used) {
  if (key == "name") return matches(volume.name, value);
  if (key == "dangling") return parse_truth(value) != used.contains(volume.name);
  if (key == "driver") return value == "local";
  return has_label(volume.labels, value);
}

}  // namespace

listing list_volumes(const std::vector<std::string>& filter_texts,
                     const on_damage& report) {
  const filters filter(filter_texts, {"name", "dangling", "driver", "label"});
  filter.require_truth("dangling");
  const auto used =
      filter.has("dangling") ? container::used_volumes() : std::set<std::string>();
  auto volumes = volume::list(report);
  std::erase_if(volumes, [&](const volume::volume& volume) {
    return !filter.pass(
        [&](auto key, auto& value) { return matches_filter(volume, key, value, used); });
  });
  return listing_of(volume_columns, volumes);
}

std::string inspect_volume(const std::string& name) {
  const volume::volume found = volume::find(name);
  return base::json_text(json{{"CreatedAt", found.created},
                              {"Driver", "local"},
                              {"Labels", found.labels},
                              {"Mountpoint", volume::data_of(found.name)},
                              {"Name", found.name},
                              {"Options", nullptr},
                              {"Scope", "local"}});
}

}  // namespace zoomin::docker
