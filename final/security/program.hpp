// SPDX-License-Identifier: MIT
// program: keeps this program's own file, memory and descriptors from containers.
//
// Kernel mechanism: open_tree(2), mount_setattr(2), PR_SET_DUMPABLE(2const).
// What becomes a container's process is first a copy of this one.
#pragma once

#include <string_view>

namespace zoomin::security {

// First of all in a command that enters containers: starts this program again, with the
// same words, from a read-only mount of its own file that is attached nowhere (where that
// can't be, from a sealed copy in memory), unless it runs from such a one, which it asks
// the kernel. Nobody inside can write to it, nor, without CAP_SYS_PTRACE, look into a
// process of ours before it is the container's. Throws sys::error.
void protect_program(char** arguments);

// Overwrites the caller's words and environment, which /proc/PID/cmdline and environ show
// to everyone on the host, and inside. `title` is shown instead. To be called in each
// process that outlives the command or enters a container, before it does so. The
// variables that this program reads itself stay known to getenv(3).
void forget_caller(std::string_view title = "zoomin");

}  // namespace zoomin::security
