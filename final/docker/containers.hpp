// SPDX-License-Identifier: MIT
// containers: the containers as `ps` lists them: rows, filters and status texts.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "container/state.hpp"
#include "docker/columns.hpp"

namespace zoomin::docker {

// Calls `action` on a container of a list that other commands may shorten. A failure is
// ignored if the container no longer exists; any other failure is reported to `report`,
// and the result is false. Throws what `action` throws only if that is a filter_error.
bool ignore_if_removed(const std::string& id, const on_damage& report,
                       const std::function<void()>& action);

struct listed_container {
  std::string id;
  container::state state;
};

struct container_query {
  bool all = false;                    // false: those that run, unless `last` is set
  std::optional<std::size_t> last{};   // the newest ones only
  std::vector<std::string> filters{};  // KEY=VALUE
};

// Returns the containers that the query selects, newest first. Throws filter_error, and
// usage_error if a filter names a container that doesn't exist.
std::vector<listed_container> list_containers(const container_query& query,
                                              const on_damage& report);

// Says how the columns are filled.
struct container_columns {
  bool whole = false;      // nothing is shortened
  bool with_spec = false;  // also Labels, Mounts, Networks, LocalVolumes
  bool with_size = false;  // also Size, for which the writable layer is read
};
listing container_listing(const std::vector<listed_container>& containers,
                          const container_columns& columns, const on_damage& report);

// Returns a text such as "Up 5 minutes (healthy)" or "Exited (1) 2 days ago". `now` is in
// seconds since 1970.
std::string status_text(const container::state& state, std::int64_t now);

}  // namespace zoomin::docker
