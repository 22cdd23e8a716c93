// SPDX-License-Identifier: MIT
// refused: why execve(2) refused a file, found out from the file itself.
//
// ENOENT for a file that is there, ENOEXEC and EACCES have several causes, which the
// kernel doesn't tell apart: a script without #!, one with Windows line ends, a missing
// interpreter, a program for another machine, a file without the x bit.
#pragma once

#include "common/error.hpp"

namespace zoomin::pid {

// Returns the failure with a hint that says what to do. Call it in the process that
// tried, as the same user: the path must mean the same file.
sys::error explained(const sys::error& refused);

}  // namespace zoomin::pid
