// SPDX-License-Identifier: MIT
// detach: removes all references to the program's file from a process that continues to
// run the program.
//
// Kernel mechanism: mremap(2), PR_SET_MM_MAP(2const), memfd_create(2).
#pragma once

namespace zoomin::security {

// Returns true if the kernel and the restrictions of this process allow detach().
bool can_detach();

// Replaces /proc/self/exe by an empty sealed file, which can't be executed. If `file` is
// -1, all mappings of the program's file become anonymous copies. Otherwise they are
// mapped from `file`, the same file opened through another mount, and only writable
// segments are copied. Afterwards neither this process nor its children refer to the
// program's file. Works only for single-threaded processes. Throws sys::error.
void detach(int file);

// Returns true after detach(). Then pages may be anonymous copies, which the kernel can't
// read from the file again.
bool is_detached();

// Returns the heap's free pages to the kernel, and drops the mapped pages of the
// program's code and constants, which the kernel reads again when they are used:
// madvise(2), MADV_DONTNEED. Starting a container uses most of the program's code;
// waiting needs only a few pages. A process that has detached from the program's file
// keeps its copy.
void return_unused_pages();

}  // namespace zoomin::security
