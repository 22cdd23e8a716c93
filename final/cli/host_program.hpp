// SPDX-License-Identifier: MIT
// host_program: a program of the host's, run to its end: ps(1) for `top`. Nothing of a
// container's files is looked at, nor run.
#pragma once

#include <string>
#include <vector>

namespace zoomin::cli {

struct program_result {
  int status = 0;  // 128+n for signal n
  std::string output, errors;
};

// Runs words[0], found in PATH, with /dev/null as its input. Throws sys::error where it
// can't be run. It takes as long as it takes.
program_result run_host_program(const std::vector<std::string>& words);

}  // namespace zoomin::cli
