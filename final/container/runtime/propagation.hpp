// SPDX-License-Identifier: MIT
// propagation: binds that follow the host's mounts, mount_namespaces(7), or that the
// host's mounts follow: `-v …:rslave`, `-v …:rshared`.
#pragma once

#include <vector>

#include "03-mnt/mnt.hpp"

namespace zoomin::container {

// Copies the sources of all binds that aren't private, so that they keep the propagation
// that mnt::make_private() ends. Call it before that. Throws usage_error if a source's
// mount isn't shared.
void copy_shared_binds(std::vector<mnt::mount_entry>& mounts);

}  // namespace zoomin::container
