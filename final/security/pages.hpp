// SPDX-License-Identifier: MIT
// pages: memory that a process which now waits has no use for.
#pragma once

namespace zoomin::security {

// Lets go of the heap's free pages, and of the program's code and constants, of which the
// kernel maps again what is used: madvise(2), MADV_DONTNEED. A start runs through most of
// the program, and waiting needs a few pages of it. A process that has let go of the
// program's file keeps its copy: detach.hpp.
void give_back_pages();

}  // namespace zoomin::security
