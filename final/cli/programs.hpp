// SPDX-License-Identifier: MIT
// programs: some commands need large libraries, so they are programs of their own and
// every other command starts without loading these libraries. zoomin-image reads and
// writes archives and builds images; zoomin-registry talks to registries. The program
// replaces this process and keeps its streams; its exit status is the command's.
#pragma once

#include "cli/errors.hpp"

namespace zoomin::cli {

constexpr const char* image_program = "zoomin-image";
constexpr const char* registry_program = "zoomin-registry";

// Returns the path of another program of zoomin: beside this program, or in libexec if
// this program is in the bin of an installation.
std::string program_path(const std::string& program);

// Executes the program with this command and its arguments. Doesn't return. Throws
// sys::error.
[[noreturn]] void become_program(const std::string& program, const std::string& command,
                                 const arguments& words);

}  // namespace zoomin::cli
