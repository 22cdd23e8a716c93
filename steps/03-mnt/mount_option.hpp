// SPDX-License-Identifier: MIT
// mount_option: what --mount says, as text turned into values.
#pragma once

#include <string>

namespace zoomin::mnt {

struct mount_option {
  std::string type;  // "bind" or "tmpfs"
  std::string source;
  std::string target;
  bool read_only = false;
};

// type=bind|tmpfs,source=/host/path,target=/path[,readonly]; src, dst, destination and ro
// are other words for the same. Throws usage_error.
mount_option parse_mount(const std::string& text);

}  // namespace zoomin::mnt
