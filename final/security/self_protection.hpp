// SPDX-License-Identifier: MIT
// self_protection: protects this program's file, memory and descriptors from containers.
//
// Kernel mechanism: PR_SET_DUMPABLE(2const), detach.hpp.
// A container's process begins as a copy of this process.
#pragma once

#include <string_view>

namespace zoomin::security {

// Denies processes without CAP_SYS_PTRACE access to the memory and descriptors of this
// process and its children. If release_program_file() can't work here, executes this
// program again, with the same arguments, from a sealed copy in memory. Call it first in
// a command that enters containers. Throws sys::error.
void protect_program(char** arguments);

// Removes all references to the program's file from this process and its children. If
// this process `stays` in the container and continues to run this program, it also shares
// no page with the file, which needs a copy of some megabytes. Call it in each process of
// zoomin before processes in a container can see it, and before it executes a program.
// Throws sys::error.
void release_program_file(bool stays = false);

// Overwrites the arguments and the environment, which /proc/PID/cmdline and
// /proc/PID/environ show to other users of the host and to the container. `title` is
// shown instead. getenv(3) still returns the variables that this program itself reads.
// Call it in each process that outlives the command or enters a container, before it does
// so.
void scrub_arguments(std::string_view title = "zoomin");

}  // namespace zoomin::security
