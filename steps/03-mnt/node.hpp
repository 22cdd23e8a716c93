// SPDX-License-Identifier: MIT
// node: makes the device nodes, links and directories of a new /dev.
#pragma once

#include <sys/types.h>

#include <string>

#include "common/narration.hpp"

namespace zoomin::mnt {

// A device node, a symbolic link or a directory in a new tmpfs.
struct node {
  const narration::name* id = nullptr;  // for devices; links are made quietly
  std::string name{};                   // "null", "net/tun"
  dev_t device{};
  mode_t mode = 0020666;  // S_IFCHR, S_IFBLK or S_IFDIR with permissions, mknod(2)
  std::string link{};     // the target of a link; empty for a device
};

// Makes a node in `directory`, the root of a new file system. The name comes from the
// user, so each part of it is checked, and no link is followed. Throws usage_error if it
// leads out of the directory.
void make_node(int directory, const node& node);

}  // namespace zoomin::mnt
