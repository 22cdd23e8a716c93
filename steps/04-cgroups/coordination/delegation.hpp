// SPDX-License-Identifier: MIT
// delegation: gets the controllers of version 2 for a group in a part of the tree that
// other programs use as well: below --cgroup-parent, or in a container, whose visible
// root is a group of its host.
#pragma once

#include <set>
#include <string>

#include "04-cgroups/hierarchy.hpp"

namespace zoomin::cgroup {

// Enables controllers along the path from the root to at.parent, so that a nested
// --cgroup-parent can use them: the limit controllers, and those in `also`. Does nothing
// in version 1.
void enable_ancestors(cgroup_dir& at, const std::set<std::string>& also);

// Moves the processes of a group into a new group below it, like dockerd, so that it can
// enable controllers for its children. Only for the visible root of a container, which
// isn't the machine's. Returns false if that isn't possible.
bool evacuate(const std::string& group);

}  // namespace zoomin::cgroup
