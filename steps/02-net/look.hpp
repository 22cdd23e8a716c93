// SPDX-License-Identifier: MIT
// look: the network of a process as host and container see it.
#pragma once

#include <string>
#include <vector>

#include "common/look.hpp"

namespace zoomin::net {

std::vector<look::row> facts(pid_t pid);

// Returns whether the bridge, its table and the port `port` still exist. Waits for a port
// to disappear if its namespace has just ended.
std::vector<look::leftover> leftovers(const std::string& bridge, const std::string& port);

}  // namespace zoomin::net
