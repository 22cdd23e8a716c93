// SPDX-License-Identifier: MIT
// new_mount: a file system that is mounted, but not attached anywhere yet: fsopen(2),
// fsconfig(2), fsmount(2). It is attached by sys::move_mount(), all by descriptors.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/call.hpp"
#include "common/fd.hpp"

namespace zoomin::sys {

// Mounts a new file system without attaching it. `attributes` are MOUNT_ATTR_ bits. Needs
// CAP_SYS_ADMIN. Throws sys::error.
unique_fd new_mount(const why&, const std::string& type,
                    const std::vector<std::pair<std::string, std::string>>& options,
                    unsigned attributes);

}  // namespace zoomin::sys
