// SPDX-License-Identifier: MIT
// What a process's network looks like from both sides, and what a step program proves of
// it.
#pragma once

#include <string>
#include <vector>

#include "common/lab/check.hpp"
#include "common/look.hpp"

namespace zoomin::net {

std::vector<look::row> facts(pid_t pid);
std::vector<check::fact> proofs();

// The bridge, its table, a port: as they are on the host now. A port whose namespace has
// just ended is given a second.
std::vector<look::leftover> leftovers(const std::string& bridge, const std::string& port);

}  // namespace zoomin::net
