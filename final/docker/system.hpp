// SPDX-License-Identifier: MIT
// system: what `system df`, `info`, `version` and `events` show.
// Use it while an engine exists (engine.hpp): it reads that engine's directories.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "docker/columns.hpp"
#include "docker/filters.hpp"

namespace zoomin::docker {

// Lists the disk usage of images, containers, volumes and, if it isn't empty, the build
// cache, with the space that could be reclaimed.
listing disk_usage(const on_damage& report);

// Lists the disk usage of each object.
struct disk_usage_details {
  listing images, containers, volumes;
};
disk_usage_details detailed_disk_usage(const on_damage& report);

// Returns the facts under the names that Docker's API has for them. Passes containers
// that can't be read to `report`.
json info(const on_damage& report);

// Returns the version under both Client and Server. zoomin is one program, but scripts
// for Docker ask for either.
json version();

// Returns the filters of `events`. Throws filter_error.
filters event_filters(const std::vector<std::string>& texts);

// Parses an event of base/events.hpp. Returns null if the line was written only in part,
// or if the event doesn't pass the filters.
json parse_event(std::string_view line, const filters& filter);

// Formats an event: "TIME container start ID (image=bb, name=c)".
std::string event_text(std::string_view time, const json& event);

}  // namespace zoomin::docker
