// SPDX-License-Identifier: MIT
// archive_program: commands that read or write archives are executed by the program
// zoomin-archive, so that every other command starts without loading the archive
// libraries. zoomin-archive replaces this process and keeps its streams; its exit status
// is the command's.
#pragma once

#include "cli/errors.hpp"

namespace zoomin::cli {

// Executes zoomin-archive with this command and its arguments. Doesn't return. Throws
// sys::error.
[[noreturn]] void become_archive_program(const std::string& command,
                                         const arguments& words);

}  // namespace zoomin::cli
