// SPDX-License-Identifier: MIT
// host_program: runs a program of the host and collects its output: ps(1) for `top`. No
// file of a container is read or executed.
#pragma once

#include <string>
#include <vector>

namespace zoomin::cli {

struct program_result {
  int status = 0;  // 128+n for signal n
  std::string output, errors;
};

// Runs words[0], found in PATH, with /dev/null as its input. Waits until it ends,
// without a time limit. Throws sys::error if it can't be run.
program_result run_host_program(const std::vector<std::string>& words);

}  // namespace zoomin::cli
