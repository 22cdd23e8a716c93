// SPDX-License-Identifier: MIT
// program: runs another program of the host, such as ps(1). It never reads or executes a
// file of a container.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::base {

struct pipe_ends {
  unique_fd read, write;
};
// Makes a pipe. `name` is its name in errors.
pipe_ends make_pipe(const std::string& name);

// The descriptors that become the program's streams. -1 stands for /dev/null.
struct program_streams {
  int input, output, errors;
};

// Starts the program `path`, found in PATH unless it has a '/', with these words as its
// arguments, from argv[0] on. No signal is blocked or ignored in it. Throws sys::error.
[[nodiscard]] pid_t start_program(const std::string& path,
                                  const std::vector<std::string>& words,
                                  const program_streams& streams,
                                  const std::string& hint = {});

// Waits until the program ends, without a time limit. Returns its exit status, or 128+n
// if signal n ended it. Throws sys::error if it isn't a child of this process, or was
// waited for already.
int wait_for_program(pid_t program);

// Runs a program until it ends, with its output on our stderr, or nowhere. Returns true
// if it succeeds. Throws sys::error.
enum class output_to { errors, nowhere };
bool run_program(const std::string& path, const std::vector<std::string>& words,
                 output_to output);

}  // namespace zoomin::base
