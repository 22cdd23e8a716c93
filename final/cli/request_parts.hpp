// SPDX-License-Identifier: MIT
// request_parts: for request.cpp, what request_mounts.cpp does.
#pragma once

#include <nlohmann/json.hpp>

#include "cli/request.hpp"

namespace zoomin::cli {

using json = nlohmann::ordered_json;

// --volume, --mount, --tmpfs, --volumes-from.
void put_mounts(const flags& given, json& request);
void put_devices(const flags& given, json& host);

}  // namespace zoomin::cli
