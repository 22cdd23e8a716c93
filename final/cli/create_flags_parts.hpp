// SPDX-License-Identifier: MIT
// create_flags_parts: the parts of create_flags.cpp that stand in files of their own, and
// the functions that `update` shares with it.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "cli/flags.hpp"

namespace zoomin::cli {

using json = nlohmann::ordered_json;

// Holds one field of a list such as "type=tmpfs,target=/x,readonly".
struct field {
  std::string key, value;
  bool has_value = false;
};
std::vector<field> fields_of(const std::string& text);

// Adds --network and --net to the HostConfig.
void put_networks(const flags& options, json& host);
// Adds --volume, --mount, --tmpfs and --volumes-from to the request.
void put_mounts(const flags& options, json& request);
// Adds --device and the --device-*-bps and --device-*-iops limits to the HostConfig.
void put_devices(const flags& options, json& host);

// Adds --health-cmd, the other --health flags and --no-healthcheck to the request.
void put_health(const flags& options, json& request);

// Adds the flags for which the table in run_flags.cpp names a place in the request. Also
// for `update`.
void put_by_table(const flags& options, json& request);
// Adds the limits that need more than the table, and --restart. Also for `update`.
void put_limits(const flags& options, json& host);

}  // namespace zoomin::cli
