// SPDX-License-Identifier: MIT
// create_flags_parts: for request.cpp, what others do, and what others need.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/create_flags.hpp"

namespace zoomin::cli {

using json = nlohmann::ordered_json;

// "type=tmpfs,target=/x,readonly".
struct field {
  std::string key, value;
  bool given = false;  // a value
};
std::vector<field> fields_of(const std::string& text);

void put_networks(const flags& options, json& host);
// --volume, --mount, --tmpfs, --volumes-from.
void put_mounts(const flags& options, json& request);
void put_devices(const flags& options, json& host);

// --health-cmd and its like.
void put_health(const flags& options, json& request);

// For `update`, too: those whose place in the request the table names, and the others of
// limits and of --restart.
void put_by_table(const flags& options, json& request);
void put_limits(const flags& options, json& host);

}  // namespace zoomin::cli
