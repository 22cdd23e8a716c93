// SPDX-License-Identifier: MIT
// demo_root: the default root file system of the steps, which the build makes of the
// distribution's static busybox. Many containers use it at once, so it is mounted
// read-only, with a tmpfs on the directories that a shell writes to.
#pragma once

#include <string>
#include <vector>

#include "03-mnt/mnt.hpp"

namespace zoomin::mnt {

// Returns its path: next to the program, or in the release build below that directory.
// Throws usage_error.
std::string demo_root();

// Returns the mounts of /tmp, /run and /root, in memory.
std::vector<mount_entry> demo_mounts();

}  // namespace zoomin::mnt
