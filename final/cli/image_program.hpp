// SPDX-License-Identifier: MIT
// image_program: commands that read or write images are executed by the program
// zoomin-image, so that every other command starts without loading the archive
// libraries. zoomin-image replaces this process and keeps its streams; its exit status
// is the command's.
#pragma once

#include "cli/errors.hpp"

namespace zoomin::cli {

// Returns the path of zoomin-image: beside this program as in a build directory, or in
// libexec as in an installation.
std::string image_program();

// Executes zoomin-image with this command and its arguments. Doesn't return. Throws
// sys::error.
[[noreturn]] void become_image_program(const std::string& command,
                                       const arguments& words);

}  // namespace zoomin::cli
