// SPDX-License-Identifier: MIT
// v1: the requests of cgroup.cpp in version 1, which has a tree for each controller, so
// that a group is several directories of one name. The files are described in the
// kernel's Documentation/admin-guide/cgroup-v1/. There is no memory.oom.group (the OOM
// killer kills one process, not all) and no cgroup.kill.
#pragma once

#include <string>
#include <vector>

#include "04-cgroups/hierarchy.hpp"
#include "04-cgroups/limits.hpp"
#include "04-cgroups/usage.hpp"
#include "common/narration.hpp"

namespace zoomin::cgroup::v1 {

// Copies the processors and memory nodes of a cpuset group to a new one below it; does
// nothing in a hierarchy without cpuset. A new cpuset group has none, and accepts no
// process before it has both: cpusets(7).
void inherit_cpuset(const narration::why& reason, const cgroup_dir& at,
                    const std::string& from, const std::string& to);

void limit_memory_and_cpu(const std::vector<cgroup_dir>& dirs, const limits& limits);
usage read_usage(const std::vector<cgroup_dir>& dirs);
events read_events(const std::vector<cgroup_dir>& dirs);

// Without a limit, memory.limit_in_bytes is LONG_MAX, rounded down to a page. Returns
// `unlimited` for that. Empty if there is no such file.
std::optional<std::uint64_t> bytes_in(const std::string& path);

// Sends SIGKILL to all processes in a group and below, once, and thaws them.
void send_kill(const std::string& directory);

}  // namespace zoomin::cgroup::v1
