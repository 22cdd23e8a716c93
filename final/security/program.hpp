// SPDX-License-Identifier: MIT
// program: keeps this program's own file, memory and descriptors from containers.
//
// Kernel mechanism: PR_SET_DUMPABLE(2const), detach.hpp.
// What becomes a container's process is first a copy of this one.
#pragma once

#include <string_view>

namespace zoomin::security {

// First of all in a command that enters containers: nobody may look into this process and
// its children, but who has CAP_SYS_PTRACE. Where leave_program() can't work it starts
// this program again, with the same words, from a sealed copy in memory. Throws
// sys::error.
void protect_program(char** arguments);

// To be called in each process of ours before anybody in a container can see it, and
// before it executes anything: it and its children hold nothing of the program's file,
// nor of the pages in which the host keeps it. Copies some megabytes, once. Throws
// sys::error.
void leave_program();

// Overwrites the caller's words and environment, which /proc/PID/cmdline and environ show
// to everyone on the host, and inside. `title` is shown instead. To be called in each
// process that outlives the command or enters a container, before it does so. The
// variables that this program reads itself stay known to getenv(3).
void forget_caller(std::string_view title = "zoomin");

}  // namespace zoomin::security
