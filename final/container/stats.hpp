// SPDX-License-Identifier: MIT
// stats: the resources that a running container uses.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "04-cgroups/usage.hpp"
#include "cgroup/io.hpp"

namespace zoomin::container {

struct stats {
  cgroup::usage group;
  cgroup::io_usage io;
  // The traffic of the container's interfaces except lo, proc_pid_net(5); 0 if it uses
  // the host's network.
  std::uint64_t received_bytes = 0, sent_bytes = 0;
};

// Returns the resource usage of a container. Throws usage_error if it isn't running.
stats stats_of(const std::string& reference);

// Returns the processes of a running container, by their PIDs in this process's PID
// namespace. Throws usage_error if it isn't running.
std::vector<pid_t> processes_of(const std::string& reference);

}  // namespace zoomin::container
