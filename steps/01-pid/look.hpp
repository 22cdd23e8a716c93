// SPDX-License-Identifier: MIT
// look: the PID and UTS namespaces of a process as host and container see them.
#pragma once

#include <vector>

#include "common/look.hpp"

namespace zoomin::pid {

std::vector<look::row> facts(pid_t pid);
// Returns whether the process still exists; a zombie does.
look::leftover leftovers(pid_t pid);

}  // namespace zoomin::pid
