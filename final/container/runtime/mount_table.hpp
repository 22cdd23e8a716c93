// SPDX-License-Identifier: MIT
// mount_table: turns the mounts of config.json into the mounts that are made.
#pragma once

#include <vector>

#include "03-mnt/mnt.hpp"
#include "container/runtime/oci_config.hpp"

namespace zoomin::container {

// Returns the mounts to make. A mount of type "cgroup" in config.json stands for the
// container's part of each hierarchy, whichever version this machine has. Each mount has
// its text for the narration. Call it on the host.
std::vector<mnt::mount_entry> mount_table(const oci_config& config);

// Adds the symbolic links that every container's /dev has: config-linux.md, "Default
// Symbolic Links".
void add_standard_links(mnt::mount_entry& devices);

}  // namespace zoomin::container
