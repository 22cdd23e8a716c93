// SPDX-License-Identifier: MIT
// What a process's cgroup looks like from both sides, and what a step program proves of
// it.
#pragma once

#include <string>
#include <vector>

#include "04-cgroups/cgroup.hpp"
#include "common/lab/check.hpp"
#include "common/look.hpp"

namespace zoomin::cgroup {

std::vector<look::row> facts(pid_t pid);
std::vector<check::fact> proofs();

// "used: peak memory 12.1 MiB, CPU time 0.51 s, throttled 0.49 s, …".
std::string used_text(const usage& used, const events& met);
// What the OOM killer did, if anything: "killed by the OOM killer at its limit of 64
// MiB". `ended`: the container itself, not only some of its processes.
std::string oom_text(const usage& used, const events& met, bool ended);

// Says on stderr what a container used, where `explain`; and always, in the name of
// `program`, what the OOM killer did. `killed`: SIGKILL ended it.
void tell_end(const group& its, bool killed, bool explain, const std::string& program);

// Where process `pid` is, as the caller's cgroup namespace shows it, in the hierarchy
// that has `controller`: "/zoomin/box-4711", from /proc/PID/cgroup. Empty where the
// process or the hierarchy is not there.
std::string path_of(pid_t pid, const std::string& controller);

// The directory of that cgroup, "/sys/fs/cgroup/memory/zoomin/box-4711".
std::string directory_of(pid_t pid, const std::string& controller);

// "cgroup NAME": whether one of the group's directories is still there.
look::leftover leftovers(const std::string& name,
                         const std::vector<std::string>& directories);

}  // namespace zoomin::cgroup
