// SPDX-License-Identifier: MIT
// process: reads from /proc what the kernel shows of processes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace zoomin {

// Returns the PIDs of all processes in this /proc, proc(5).
std::vector<pid_t> processes();

// Returns the children of `parent`, by PPid of /proc/PID/status, proc_pid_status(5).
std::vector<pid_t> children_of(pid_t parent);

// Sends SIGKILL to a process and all its descendants.
void kill_tree(pid_t top);

// Returns the value of a field of /proc/PID/status ("NSpid", "State"). Empty if the
// process or the field doesn't exist.
std::string status_field(pid_t pid, const std::string& field);
// Returns the value of a field in the text of such a file. Empty if there is none.
std::string field_of_status(const std::string& text, const std::string& field);
// Returns the value of a field that is a set of signals ("SigCgt", the handled ones): bit
// N-1 stands for signal N. Empty if the process doesn't exist.
std::optional<std::uint64_t> signals_in_status(pid_t pid, const std::string& field);
// Returns the signals that this process ignores ("SigIgn"), so that only these are reset.
// All bits are set if that can't be read.
std::uint64_t ignored_signals();

}  // namespace zoomin
