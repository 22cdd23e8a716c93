// SPDX-License-Identifier: MIT
// check: the facts that --self-check proves about a container's PID and UTS namespaces.
#pragma once

#include <vector>

#include "common/lab/check.hpp"

namespace zoomin::pid {

std::vector<check::fact> proofs();

}  // namespace zoomin::pid
