// SPDX-License-Identifier: MIT
// detach: takes the program's file out of a process that goes on running it.
//
// Kernel mechanism: mremap(2), PR_SET_MM_MAP(2const), memfd_create(2).
#pragma once

namespace zoomin::security {

// Whether this kernel, and what restricts this process, lets detach() do it.
bool can_detach();

// Puts an empty sealed file, which nobody can execute, in the place of /proc/self/exe.
// All that is mapped of the program's file becomes an anonymous copy if `file` is -1;
// else it is mapped from `file`, the same one open by another mount, and only what was
// written to is copied. Nothing in this process, nor in its children, then leads to the
// program's file. Single-threaded processes only. Throws sys::error.
void detach(int file);

// Its pages may be copies, which can't be read from the file again.
bool is_detached();

}  // namespace zoomin::security
