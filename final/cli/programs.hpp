// SPDX-License-Identifier: MIT
// programs: the commands that need large libraries are in programs of their own, so that
// all other commands start without loading these libraries. zoomin-image reads and writes
// archives and builds images; zoomin-registry talks to registries. Such a program
// replaces this process, so it keeps the streams, and its exit status is the command's.
#pragma once

#include "cli/errors.hpp"

namespace zoomin::cli {

constexpr const char* image_program = "zoomin-image";
constexpr const char* registry_program = "zoomin-registry";

// Returns the path of another of zoomin's programs. It is in the directory of this
// program, or in libexec/zoomin if this program is installed in bin.
std::string program_path(const std::string& program);

// Executes the program with this command and its arguments. Doesn't return. Throws
// sys::error.
[[noreturn]] void become_program(const std::string& program, const std::string& command,
                                 const arguments& words);

}  // namespace zoomin::cli
