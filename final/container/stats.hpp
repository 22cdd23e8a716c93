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
  // Traffic of its own interfaces except lo, proc_pid_net(5); 0 if it uses the host's
  // network.
  std::uint64_t received_bytes = 0, sent_bytes = 0;
};

// Returns its usage. Throws usage_error if it isn't running.
stats stats_of(const std::string& reference);

// Returns its processes, with their numbers in this process's PID namespace.
std::vector<pid_t> processes_of(const std::string& reference);

}  // namespace zoomin::container
