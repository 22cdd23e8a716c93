// SPDX-License-Identifier: MIT
// demo_root: the root file system that a step has where none is given: the distribution's
// static busybox, made by the build. Many containers use it at once, so none may write to
// it: it is mounted read-only, with memory on the few places that a shell writes to.
#pragma once

#include <string>
#include <vector>

#include "03-mnt/mnt.hpp"

namespace zoomin::mnt {

// Its path: beside the program, or in the release build below it. Throws usage_error.
std::string demo_root();

// /tmp, /run and /root, in memory.
std::vector<mount_entry> demo_mounts();

}  // namespace zoomin::mnt
