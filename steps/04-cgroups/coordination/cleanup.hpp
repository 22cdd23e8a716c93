// SPDX-License-Identifier: MIT
// cleanup: how groups end, for cgroup.cpp and membership.cpp.
//
// A group in use is locked, flock(2), by the one program that made it. The kernel frees
// the lock of who was killed, so a free one says that nobody is left to remove the group.
// One that many share (membership.hpp) has the sticky bit instead, and goes when empty.
#pragma once

#include <sys/types.h>

#include <string>

#include "04-cgroups/cgroup.hpp"

namespace zoomin::cgroup {

// SIGKILL to all that is in it and below; returns when it is empty, or after 5 s.
void kill_all(const cgroup_dir& at, const std::string& directory);
// A group and those made in it, deepest first. False where one is busy.
bool remove_tree(const std::string& directory);
bool remove_empty(const std::string& directory);
// The directory zoomin, where nothing is in it.
void remove_ours(const cgroup_dir& at);
constexpr mode_t shared_mode = 01755;
// One that many share, where nobody is in it.
void remove_if_empty(const cgroup_dir& at, const std::string& directory);
// A group whose lock is free, with what is in it; a shared one only where it is empty.
void remove_stale(const cgroup_dir& at, const std::string& directory);
// All such groups in zoomin; none where somebody makes one or sweeps just now. Throws
// sys::error.
void remove_all_stale(const cgroup_dir& at);

// Opens and locks at.directory; false where another has the lock, or removed it.
bool lock_group(cgroup_dir& at);

}  // namespace zoomin::cgroup
