// SPDX-License-Identifier: MIT
// check: the facts that --self-check proves about a container's overlay.
#pragma once

#include <vector>

#include "common/lab/check.hpp"

namespace zoomin::overlay {

std::vector<check::fact> proofs();

}  // namespace zoomin::overlay
