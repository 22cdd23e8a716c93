// SPDX-License-Identifier: MIT
// volumes: lists and describes volumes as `volume ls` and `volume inspect` do.
// Use it while an engine exists (engine.hpp): it reads that engine's directories.
#pragma once

#include <string>
#include <vector>

#include "docker/columns.hpp"

namespace zoomin::docker {

// Lists the volumes that pass the filters, KEY=VALUE. Throws filter_error.
listing list_volumes(const std::vector<std::string>& filter_texts,
                     const on_damage& report);

// Returns the JSON text of one object. Throws usage_error.
std::string inspect_volume(const std::string& name);

}  // namespace zoomin::docker
