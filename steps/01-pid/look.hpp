// SPDX-License-Identifier: MIT
// What a process's PID and UTS namespaces look like from both sides, and what a step
// program proves of them.
#pragma once

#include <vector>

#include "common/lab/check.hpp"
#include "common/look.hpp"

namespace zoomin::pid {

std::vector<look::row> facts(pid_t pid);
std::vector<check::fact> proofs();
// Whether the process is still there; a zombie is.
look::leftover leftovers(pid_t pid);

}  // namespace zoomin::pid
