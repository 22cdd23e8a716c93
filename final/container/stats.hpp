// SPDX-License-Identifier: MIT
// stats: what a running container uses.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "04-cgroups/cgroup.hpp"

namespace zoomin::container {

struct stats {
  cgroup::usage group;
  // Over its own interfaces but lo, proc_pid_net(5); 0 where it has the host's.
  std::uint64_t received_bytes = 0, sent_bytes = 0;
};

// Throws usage_error where it isn't running.
stats stats_of(const std::string& reference);

// As this PID namespace counts them.
std::vector<pid_t> processes_of(const std::string& reference);

}  // namespace zoomin::container
