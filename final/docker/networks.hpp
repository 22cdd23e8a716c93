// SPDX-License-Identifier: MIT
// networks: lists and describes networks as `network ls` and `network inspect` do.
// Use it while an engine exists (engine.hpp): it reads that engine's directories.
#pragma once

#include <string>
#include <vector>

#include "docker/columns.hpp"

namespace zoomin::docker {

// Lists the networks that pass the filters, KEY=VALUE, sorted by name; "host" and "none"
// too. Throws filter_error.
listing list_networks(const std::vector<std::string>& filter_texts, bool no_trunc,
                      const on_damage& report);

// Throws usage_error if there is no such network.
void find_network(const std::string& reference);
// Returns the JSON text of one object. Throws usage_error.
std::string inspect_network(const std::string& reference);

}  // namespace zoomin::docker
