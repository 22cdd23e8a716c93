// SPDX-License-Identifier: MIT
// check: the facts that --self-check proves about a container's mounts.
#pragma once

#include <vector>

#include "common/lab/check.hpp"

namespace zoomin::mnt {

std::vector<check::fact> proofs();

}  // namespace zoomin::mnt
