// SPDX-License-Identifier: MIT
// process: who is whose child, as /proc tells it. For checks and looks.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace zoomin {

// All processes that this /proc shows, proc(5).
std::vector<pid_t> processes();

// The children of `parent`, from the PPid field of /proc/PID/status, proc_pid_status(5).
std::vector<pid_t> children_of(pid_t parent);

// SIGKILL to a process and all its descendants.
void kill_tree(pid_t top);

// The value of a field of /proc/PID/status ("NSpid", "State"); empty where the process or
// the field is not there.
std::string status_field(pid_t pid, const std::string& field);

}  // namespace zoomin
