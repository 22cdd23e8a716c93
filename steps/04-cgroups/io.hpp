// SPDX-License-Identifier: MIT
// io: limits and counts the traffic between a group and block devices.
//
// Only this needs the controller "io" (version 2) or "blkio" (version 1), so it must be
// requested in create_options::also. The files are described in the kernel's
// Documentation/admin-guide/cgroup-v2.rst, "IO", and cgroup-v1/blkio-controller.rst.
#pragma once

#include <vector>

#include "04-cgroups/hierarchy.hpp"
#include "04-cgroups/limits.hpp"
#include "04-cgroups/usage.hpp"

namespace zoomin::cgroup {

// Sets the I/O limits. Throws usage_error if the controller isn't available, or the
// kernel doesn't support weights.
void limit_io(const std::vector<cgroup_dir>& dirs, const limits& limits);
// Sets the I/O members of `usage`; leaves them empty without the controller.
void read_io(const std::vector<cgroup_dir>& dirs, usage& usage);

}  // namespace zoomin::cgroup
