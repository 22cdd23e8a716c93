// SPDX-License-Identifier: MIT
// check: the facts that --self-check proves about a container's cgroup.
#pragma once

#include <vector>

#include "common/lab/check.hpp"

namespace zoomin::cgroup {

std::vector<check::fact> proofs();

}  // namespace zoomin::cgroup
