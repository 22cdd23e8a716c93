// SPDX-License-Identifier: MIT
// mount_table: from the mounts of config.json to those that the kernel makes.
#pragma once

#include <vector>

#include "03-mnt/mnt.hpp"
#include "container/runtime/oci_config.hpp"

namespace zoomin::container {

// Returns the mounts to make. A mount of type "cgroup" stands for the container's part of
// each hierarchy, whichever version this machine has. Each mount has the words for the
// narration. Call it on the host.
std::vector<mnt::mount_entry> mount_table(const oci_config& config);

// Adds the links that every /dev has: config-linux.md, "Default Symbolic Links".
void add_standard_links(mnt::mount_entry& devices);

}  // namespace zoomin::container
