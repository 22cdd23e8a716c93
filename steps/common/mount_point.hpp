// SPDX-License-Identifier: MIT
// mount_point: tells whether something is mounted on a path.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <string>

namespace zoomin::sys {

// Returns whether `path` is the root of a mount, statx(2).
inline bool is_mount_point(const std::string& path) {
  struct statx found {};
  return ::statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &found) ==
             0 &&
         (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

}  // namespace zoomin::sys
