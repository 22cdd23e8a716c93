// SPDX-License-Identifier: MIT
// inspect_container: a container as Docker's API tells it.
#pragma once

#include <string>

namespace zoomin::container {

// JSON text of one object: Id, Created, State, Image, Name, HostConfig, Config,
// NetworkSettings, GraphDriver, Mounts. Throws usage_error.
std::string inspect(const std::string& reference);

// Adds SizeRw and SizeRootFs to what inspect() gave; the JSON text of another kind of
// object is returned as it is.
std::string with_sizes(const std::string& inspected);

}  // namespace zoomin::container
