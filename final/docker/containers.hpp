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

// Returns a text such as "0.0.0.0:8000-8002->8000-8002/tcp, 443/tcp": the published ports
// and, while the container runs, the ports that are only exposed. Consecutive ports with
// the same number on both sides are merged, as with Docker.
std::string ports_text(const container::state& shown);

// Returns the published ports, "80/tcp -> 0.0.0.0:8080" on a line each. If `wanted` is
// set, "80" or "80/tcp", returns only the host's side of that port; empty if it isn't
// published.
std::string published_text(const container::state& shown, const std::string& wanted);

}  // namespace zoomin::docker
