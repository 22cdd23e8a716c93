// SPDX-License-Identifier: MIT
// look: the cgroup of a process as host and container see it.
#pragma once

#include <string>
#include <vector>

#include "04-cgroups/cgroup.hpp"
#include "common/look.hpp"

namespace zoomin::cgroup {

std::vector<look::row> facts(pid_t pid);

// Formats "used: peak memory 12.1 MiB, CPU time 0.51 s, throttled 0.49 s, …".
std::string used_text(const usage& used, const events& events);
// Formats the actions of the OOM killer: "killed by the OOM killer at its limit of 64
// MiB". Empty if there were none. `ended` says that the container itself was killed, not
// only some of its processes.
std::string oom_text(const usage& used, const events& events, bool ended);

// Prints the usage of a container on stderr if `explain`, and in any case, with the
// prefix `program`, the actions of the OOM killer. `status` is the container's exit
// status.
void report_end(const group& group, int status, bool explain, const std::string& program);

// Returns the path of process `pid` in the hierarchy of `controller`, relative to the
// caller's cgroup namespace: "/zoomin/box-4711", from /proc/PID/cgroup. Empty if the
// process or the hierarchy doesn't exist.
std::string path_of(pid_t pid, const std::string& controller);

// Returns the groups of a process in all hierarchies, whichever program made them.
std::vector<cgroup_dir> dirs_of(pid_t pid);

// Returns the directory of that cgroup, "/sys/fs/cgroup/memory/zoomin/box-4711".
std::string directory_of(pid_t pid, const std::string& controller);

// Returns whether the group zoomin/NAME below `parent` still exists in a hierarchy.
look::leftover leftovers(const std::string& name, const std::string& parent);

}  // namespace zoomin::cgroup
