// SPDX-License-Identifier: MIT
// archive_program: whatever needs archives is the program zoomin-archive's, so that every
// other command starts without the libraries that they need. It is the same process: it
// has our streams, and its exit status is ours.
#pragma once

#include "cli/command.hpp"

namespace zoomin::cli {

// Doesn't return. Throws sys::error.
[[noreturn]] void become_archive_program(const std::string& command,
                                         const arguments& words);

}  // namespace zoomin::cli
