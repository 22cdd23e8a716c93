// SPDX-License-Identifier: MIT
// cleanup: removes the groups of killed programs.
//
// The program that made a group holds its flock(2). The kernel releases the lock when the
// program is killed, so a group without a lock is stale. A shared group, which several
// programs join, has the sticky bit instead, and is removed when it is empty.
#pragma once

#include <sys/types.h>

#include <string>

#include "04-cgroups/hierarchy.hpp"

namespace zoomin::cgroup {

// Removes all leftovers of killed programs below zoomin, in every hierarchy: groups
// without a lock, with their processes, and empty shared groups.
void clean_up();

constexpr mode_t shared_mode = 01755;
// Removes a shared group if no process is in it.
void remove_if_empty(const cgroup_dir& at, const std::string& directory);
// Removes a group without a lock, with its processes, or a shared group if it is empty.
void remove_stale(const cgroup_dir& at, const std::string& directory);

// Opens and locks at.directory. Returns false if another program holds the lock, or has
// removed the directory.
bool lock_group(cgroup_dir& at);

}  // namespace zoomin::cgroup
