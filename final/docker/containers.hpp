// SPDX-License-Identifier: MIT
// containers: lists containers as `ps` does: rows, filters and status texts.
// Use it while an engine exists (engine.hpp): it reads that engine's directories.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "container/state.hpp"
#include "docker/columns.hpp"

namespace zoomin::docker {

// Calls `action`, which uses a container that another command may remove meanwhile.
// Ignores a failure if the container no longer exists; else passes it to `report` and
// returns false. Only a filter_error is thrown.
bool ignore_if_removed(const std::string& id, const on_damage& report,
                       const std::function<void()>& action);

struct listed_container {
  std::string id;
  container::state state;
};

struct container_query {
  bool all = false;                    // else only running ones, unless `last` is set
  std::optional<std::size_t> last{};   // at most this many, the newest ones
  std::vector<std::string> filters{};  // KEY=VALUE
};

// Returns the containers that the query selects, newest first. Throws filter_error, and
// usage_error if a filter names a container that doesn't exist.
std::vector<listed_container> list_containers(const container_query& query,
                                              const on_damage& report);

// Selects how the columns are filled.
struct container_columns {
  bool no_trunc = false;   // nothing is shortened
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
std::string ports_text(const container::state& state);

// Returns the published ports, one on each line: "80/tcp -> 0.0.0.0:8080". If
// `private_port` is set, "80" or "80/tcp", returns only the host's side of that port;
// empty if it isn't published.
std::string published_text(const container::state& state,
                           const std::string& private_port);

}  // namespace zoomin::docker
