// SPDX-License-Identifier: MIT
// inspect_container: describes a container in the shape of Docker's API.
// Use it while an engine exists (engine.hpp): it reads that engine's directories.
#pragma once

#include <string>

namespace zoomin::docker {

// Returns the JSON text of one object: Id, Created, State, Image, Name, HostConfig,
// Config, NetworkSettings, GraphDriver, Mounts. Throws usage_error.
std::string inspect_container(const std::string& reference);

// Adds SizeRw and SizeRootFs to the result of inspect_container(). The JSON text of
// another kind of object is returned unchanged.
std::string with_sizes(const std::string& inspected);

}  // namespace zoomin::docker
