// SPDX-License-Identifier: MIT
// cleanup: kills and removes groups, for cgroup.cpp and joined_group.cpp.
//
// The program that made a group holds its flock(2). The kernel releases the lock when the
// program is killed, so a group without a lock is stale. A shared group
// (joined_group.hpp) has the sticky bit instead, and is removed when it is empty.
#pragma once

#include <sys/types.h>

#include <string>

#include "04-cgroups/hierarchy.hpp"

namespace zoomin::cgroup {

// Sends SIGKILL to all processes in a group and below. Returns when it is empty, or after
// 5 s.
void kill_all(const cgroup_dir& at, const std::string& directory);
// Removes a group and those below it, deepest first. Returns false if one is busy.
bool remove_tree(const std::string& directory);
bool remove_empty(const std::string& directory);
// Removes the directory zoomin if it is empty.
void remove_ours(const cgroup_dir& at);
constexpr mode_t shared_mode = 01755;
// Removes a shared group if no process is in it.
void remove_if_empty(const cgroup_dir& at, const std::string& directory);
// Removes a group without a lock, with its processes, or a shared group if it is empty.
void remove_stale(const cgroup_dir& at, const std::string& directory);
// Removes all stale groups in zoomin. Does nothing if another program makes a group or
// cleans up at the same time. Throws sys::error.
void remove_all_stale(const cgroup_dir& at);

// Opens and locks at.directory. Returns false if another program holds the lock, or has
// removed the directory.
bool lock_group(cgroup_dir& at);

}  // namespace zoomin::cgroup
