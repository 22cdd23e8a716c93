// SPDX-License-Identifier: MIT
// freezer: suspends all processes of a group.
//
// Kernel mechanism: cgroup.freeze of version 2, cgroups(7); the controller freezer of
// version 1, the kernel's Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst.
#pragma once

#include "04-cgroups/cgroup.hpp"

namespace zoomin::cgroup {

// Freezes all processes of the group, and returns when they have stopped, or thaws them.
// Version 1 needs "freezer" among the group's controllers. Throws sys::error if the
// processes haven't stopped after 5 s.
void freeze(const group& group, bool frozen);

}  // namespace zoomin::cgroup
