// SPDX-License-Identifier: MIT
// detach: removes all references to the program's file from a process that continues to
// run it.
//
// Kernel mechanism: mremap(2), PR_SET_MM_MAP(2const), memfd_create(2).
#pragma once

namespace zoomin::security {

// Returns true if the kernel and the restrictions of this process allow detach().
bool can_detach();

// Replaces /proc/self/exe by an empty sealed file, which can't be executed. If `file` is
// -1 all mappings of the program's file become anonymous copies. Else they are mapped
// from `file`, the same file opened through another mount, and only writable segments are
// copied. Neither this process nor its children then refer to the program's file. For
// single-threaded processes only. Throws sys::error.
void detach(int file);

// Returns true after detach(): pages may be anonymous copies, which the kernel can't read
// from the file again.
bool is_detached();

// Returns the heap's free pages to the kernel, and drops the mapped pages of the
// program's code and constants, which the kernel reads again when they are used:
// madvise(2), MADV_DONTNEED. Starting a container runs through most of the program;
// waiting needs only a few pages of it. A process that has detached from the program's
// file keeps its copy.
void give_back_pages();

}  // namespace zoomin::security
