// SPDX-License-Identifier: MIT
// mount_option: parses the argument of --mount.
#pragma once

#include <string>

#include "03-mnt/mnt.hpp"

namespace zoomin::mnt {

struct mount_option {
  std::string type;  // "bind" or "tmpfs"
  std::string source;
  std::string target;
  bool read_only = false;
};

// Parses type=bind|tmpfs,source=/host/path,target=/path[,readonly]. The synonyms src,
// dst, destination and ro are accepted too. Throws usage_error.
mount_option parse_mount(const std::string& text);

// Returns the mount that the option stands for. A bind includes all mounts below its
// source; if it is read-only, so are these. Throws usage_error, also if a source doesn't
// exist.
mount_entry requested_mount(const std::string& option);

}  // namespace zoomin::mnt
