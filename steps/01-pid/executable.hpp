// SPDX-License-Identifier: MIT
// executable: finds the file of a command, and the reason why execve(2) refused it.
//
// ENOENT for an existing file, ENOEXEC and EACCES have several causes, which the kernel
// doesn't distinguish: a script without #!, one with Windows line ends, a missing
// interpreter, a program for another machine, a file without the x bit.
#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"

namespace zoomin::pid {

// Returns the value of NAME in {"NAME=value", …}. Empty if there is none.
std::string variable(const std::vector<std::string>& environment,
                     const std::string& name);

// Returns the file to execute for the command `name`, searched in `path` like execvp(3).
// Throws sys::error("execve") with ENOENT or EACCES.
std::string find_program(const std::string& name, const std::string& path);

// Returns the failure with a hint that says what to do. Call it in the process that tried
// to execute the file, as the same user, so that the path leads to the same file.
sys::error explained(const sys::error& refused);

}  // namespace zoomin::pid
