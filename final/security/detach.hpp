// SPDX-License-Identifier: MIT
// detach: takes the program's file out of a process that goes on running it.
//
// Kernel mechanism: mremap(2), PR_SET_MM_MAP(2const), memfd_create(2).
#pragma once

namespace zoomin::security {

// Whether this kernel, and what restricts this process, lets detach() do it.
bool can_detach();

// Puts anonymous copies in the place of all that is mapped of the program's file, and an
// empty sealed file in the place of /proc/self/exe, which nobody can execute. Nothing in
// this process, nor in its children, then leads to the program's file or to a page of it.
// Single-threaded processes only. Throws sys::error.
void detach();

// Nothing can be read from the file again: the copies are all there is of the program.
bool is_detached();

}  // namespace zoomin::security
