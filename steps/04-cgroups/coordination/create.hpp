// SPDX-License-Identifier: MIT
// create: makes a group while other programs make and remove theirs.
//
// The program that made a group holds its flock(2) as long as it lives. create() removes
// a group of the same name if nobody holds its lock: its owner was killed.
#pragma once

#include <set>
#include <string>

#include "04-cgroups/cgroup.hpp"

namespace zoomin::cgroup {

// Makes zoomin/NAME below `parent` (a cgroup's path from the root of the tree; by default
// the root) and sets its limits. `also` are controllers that the group has if they are
// available, besides those for the limits. Needs root. Throws usage_error, sys::error.
group create(const std::string& name, const limits& limits,
             const std::string& parent = {}, const std::set<std::string>& also = {});

}  // namespace zoomin::cgroup
