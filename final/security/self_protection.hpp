// SPDX-License-Identifier: MIT
// self_protection: keeps this program's own file, memory and descriptors from containers.
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
// before it executes anything: nothing in it and its children leads to the program's
// file. If it `stays`, and goes on running this program in there, it shares no page with
// that file either, which takes a copy of some megabytes. Throws sys::error.
void leave_program(bool stays = false);

// Overwrites the caller's words and environment, which /proc/PID/cmdline and environ show
// to everyone on the host, and inside. `title` is shown instead. To be called in each
// process that outlives the command or enters a container, before it does so. The
// variables that this program reads itself stay known to getenv(3).
void scrub_arguments(std::string_view title = "zoomin");

}  // namespace zoomin::security
