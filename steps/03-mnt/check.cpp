// SPDX-License-Identifier: MIT
#include "03-mnt/look.hpp"

namespace zoomin::mnt {

std::vector<check::fact> proofs() { return {}; }

}  // namespace zoomin::mnt
