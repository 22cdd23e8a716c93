// SPDX-License-Identifier: MIT
// exec: one process more in a running container: the same namespaces, cgroup, filter and
// limits as its first one has.
//
// Its session (session.hpp) lives in a process of its own, between the command and the
// container: command ← sockets → session (in the container's PID namespace only to give
// birth) → the process, which joins everything else and the cgroup.
#pragma once

#include <string>
#include <vector>

#include "container/monitor.hpp"

namespace zoomin::container {

struct more {
  std::vector<std::string> command;
  std::vector<std::string> environment;  // beside the container's own
  std::string user;                      // empty: the container's
  std::string directory;                 // the same
  bool terminal = false;
  bool has_input = false;
};

// Returns when its command runs. Throws what keeps it from running, and usage_error where
// the container isn't running.
void exec(const std::string& reference, const more& what, onlooker who);

}  // namespace zoomin::container
