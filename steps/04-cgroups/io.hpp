// SPDX-License-Identifier: MIT
// io: what passes between a group and the disks: block devices, by their numbers.
//
// Nothing else of a group needs its controller ("io" in version 2, "blkio" in version 1),
// so it is there only for who asks for it in surroundings::also. The files: the kernel's
// Documentation/admin-guide/cgroup-v2.rst, "IO", and cgroup-v1/blkio-controller.rst.
#pragma once

#include <vector>

#include "04-cgroups/cgroup.hpp"

namespace zoomin::cgroup {

// Throws usage_error where the controller isn't there, or the kernel knows no weights.
void limit_io(const std::vector<cgroup_dir>& places, const limits& wanted);
// Fills in what passed; leaves it empty without the controller.
void read_io(const std::vector<cgroup_dir>& places, usage& now);

}  // namespace zoomin::cgroup
