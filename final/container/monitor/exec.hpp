// SPDX-License-Identifier: MIT
// exec: starts another process in a running container, with the namespaces, cgroup,
// seccomp filter and limits of its init.
//
// The event loop (event_loop.hpp) runs in a process between the command and the
// container: command ← sockets → event loop (in the container's PID namespace only to
// spawn) → the process, which joins all other namespaces and the cgroup, and drops its
// privileges. If the container may trace processes, the child joins the PID namespace
// last (`unseen` of pid::spawn_options), so that nothing in the container sees it with
// the host's privileges or descriptors.
#pragma once

#include <string>
#include <vector>

#include "container/monitor/attached_client.hpp"

namespace zoomin::container {

struct exec_options {
  std::vector<std::string> command;
  std::vector<std::string> environment;  // added to the container's own
  std::string user;                      // empty: the container's
  std::string directory;                 // empty: the container's
  bool terminal = false;
  bool has_input = false;
};

// Runs a command in a container. Returns when the command runs. Throws the reason if it
// can't, and usage_error if the container isn't running.
void exec(const std::string& reference, const exec_options& options,
          attached_client client);

}  // namespace zoomin::container
