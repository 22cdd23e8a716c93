// SPDX-License-Identifier: MIT
// refused: finds out why execve(2) refused a file.
//
// ENOENT for an existing file, ENOEXEC and EACCES have several causes, which the kernel
// doesn't distinguish: a script without #!, one with Windows line ends, a missing
// interpreter, a program for another machine, a file without the x bit.
#pragma once

#include "common/error.hpp"

namespace zoomin::pid {

// Returns the failure with a hint that says what to do. Call it in the process that tried
// to execute the file, as the same user, so that the path leads to the same file.
sys::error explained(const sys::error& refused);

}  // namespace zoomin::pid
