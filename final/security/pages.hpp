// SPDX-License-Identifier: MIT
// pages: returns memory that a waiting process doesn't need.
#pragma once

namespace zoomin::security {

// Returns the heap's free pages to the kernel, and drops the mapped pages of the
// program's code and constants, which the kernel reads again when they are used:
// madvise(2), MADV_DONTNEED. Starting a container runs through most of the program;
// waiting needs only a few pages of it. A process that has detached from the program's
// file keeps its copy: detach.hpp.
void give_back_pages();

}  // namespace zoomin::security
