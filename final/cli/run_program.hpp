// SPDX-License-Identifier: MIT
// run_program: runs a program of ours to its end.
#pragma once

#include <string>

#include "cli/errors.hpp"

namespace zoomin::cli {

// Where the program's output goes: to our stderr, or nowhere.
enum class output_to { errors, nowhere };

// Runs the program with these words as its arguments, from argv[0] on. No signal is
// blocked in it. Returns true if it succeeds. Throws sys::error.
bool run_program(const std::string& path, const arguments& words, output_to output);

}  // namespace zoomin::cli
