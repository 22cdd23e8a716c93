// SPDX-License-Identifier: MIT
// check: the facts that --self-check proves about a container's network.
#pragma once

#include <vector>

#include "common/lab/check.hpp"

namespace zoomin::net {

std::vector<check::fact> proofs();

}  // namespace zoomin::net
