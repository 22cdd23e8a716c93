// SPDX-License-Identifier: MIT
#include "05-overlay/look.hpp"

namespace zoomin::overlay {

std::vector<check::fact> proofs() { return {}; }

}  // namespace zoomin::overlay
