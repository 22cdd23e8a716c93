// SPDX-License-Identifier: MIT
// networks: the networks as `network ls` and `network inspect` show them.
#pragma once

#include <string>
#include <vector>

#include "docker/columns.hpp"

namespace zoomin::docker {

// Lists the networks, also "host" and "none", that pass the filters, KEY=VALUE, by name.
// Throws filter_error.
listing list_networks(const std::vector<std::string>& filters, bool whole,
                      const on_damage& report);

// Throws usage_error if there is no such network.
void find_network(const std::string& reference);
// Returns the JSON text of one object. Throws usage_error.
std::string inspect_network(const std::string& reference);

}  // namespace zoomin::docker
