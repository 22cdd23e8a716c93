// SPDX-License-Identifier: MIT
// container_group: the cgroup of a container, with limits that the steps don't have.
#pragma once

#include <cstdint>
#include <string>

#include "04-cgroups/cgroup.hpp"
#include "cgroup/resources.hpp"

namespace zoomin::cgroup {

// Creates a container's group with these limits and, if they are available, the extra
// controllers. `ceiling_bytes` is the memory limit of all groups below zoomin/ together;
// it is set unless zoomin/ already has a limit, or memory can't be limited.
// (memory.oom.group stays off there, because otherwise one container could end all
// others.) Throws usage_error, sys::error.
group create(const std::string& name, const resources& resources,
             const std::string& parent, std::uint64_t ceiling_bytes = unlimited);

// Changes the limits that are set in `resources`. Throws usage_error if a limit needs a
// controller that isn't available.
void limit(const group& group, const resources& resources);
// Does the same with `after` for a group that has the limits `before`. If one is
// refused, the limits that were already changed get their values in `before` again; a
// limit that had none becomes unlimited, or the kernel's default, but a new list of
// processors or memory nodes stays.
void change_limits(const group& group, const resources& before, const resources& after);

}  // namespace zoomin::cgroup
