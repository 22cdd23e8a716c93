// SPDX-License-Identifier: MIT
// new_mount: mounts a file system without attaching it, with fsopen(2), fsconfig(2) and
// fsmount(2). sys::move_mount() attaches it, by descriptor.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/call.hpp"
#include "common/fd.hpp"

namespace zoomin::sys {

// Mounts a new file system without attaching it, and returns its descriptor. `attributes`
// are MOUNT_ATTR_ bits. Needs CAP_SYS_ADMIN. Throws sys::error.
unique_fd new_mount(const why&, const std::string& type,
                    const std::vector<std::pair<std::string, std::string>>& options,
                    unsigned attributes);

}  // namespace zoomin::sys
