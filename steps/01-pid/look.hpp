// SPDX-License-Identifier: MIT
// look: the PID and UTS namespaces of a process as host and container see them, and the
// facts that --self-check proves about them.
#pragma once

#include <vector>

#include "common/lab/check.hpp"
#include "common/look.hpp"

namespace zoomin::pid {

std::vector<look::row> facts(pid_t pid);
std::vector<check::fact> proofs();
// Returns whether the process still exists; a zombie does.
look::leftover leftovers(pid_t pid);

}  // namespace zoomin::pid
