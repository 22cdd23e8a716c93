// SPDX-License-Identifier: MIT
// exec: one process more in a running container: the same namespaces, cgroup, filter and
// limits as its first one has.
//
// Its session (session.hpp) lives in a process of its own, between the command and the
// container: command ← sockets → session (in the container's PID namespace only to give
// birth) → the process, which joins everything else and the cgroup, and gives up its
// rights. Where the container may trace processes, it comes into the PID namespace last
// (pid::birth's `unseen`): nobody there finds it with rights or descriptors of the
// host's.
#pragma once

#include <string>
#include <vector>

#include "container/monitor/attached_client.hpp"

namespace zoomin::container {

struct exec_options {
  std::vector<std::string> command;
  std::vector<std::string> environment;  // beside the container's own
  std::string user;                      // empty: the container's
  std::string directory;                 // the same
  bool terminal = false;
  bool has_input = false;
};

// Returns when its command runs. Throws what keeps it from running, and usage_error where
// the container isn't running.
void exec(const std::string& reference, const exec_options& options,
          attached_client client);

}  // namespace zoomin::container
