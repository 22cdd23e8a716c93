// SPDX-License-Identifier: MIT
#include "04-cgroups/usage.hpp"

#include "04-cgroups/group_files.hpp"
#include "04-cgroups/v1.hpp"

namespace zoomin::cgroup {

usage read_usage(const std::vector<cgroup_dir>& dirs) {
  if (dirs.at(0).version == 1) return v1::read_usage(dirs);
  const auto& at = dirs.at(0);
  usage now;
  // Task 4.3 begins, on version 2.
  now.memory_bytes = number_in(at.file("memory.current")).value_or(0);
  now.inactive_file_bytes = number_in(at.file("memory.stat"), "inactive_file");
  now.memory_peak_bytes = number_in(at.file("memory.peak"));
  now.memory_limit_bytes = number_in(at.file("memory.max")).value_or(unlimited);
  now.cpu_time_us = number_in(at.file("cpu.stat"), "usage_usec");
  const auto quota = number_in(at.file("cpu.max"));
  if (quota && *quota != unlimited) now.cpu_quota_us = quota;
  now.cpu_periods = number_in(at.file("cpu.stat"), "nr_periods");
  now.throttled_us = number_in(at.file("cpu.stat"), "throttled_usec");
  now.pids = number_in(at.file("pids.current")).value_or(0);
  now.pids_limit = number_in(at.file("pids.max")).value_or(unlimited);
  // Task 4.3 ends.
  return now;
}

events read_events(const std::vector<cgroup_dir>& dirs) {
  if (dirs.at(0).version == 1) return v1::read_events(dirs);
  const auto& at = dirs.at(0);
  // Task 4.3 begins, on version 2.
  return {.oom_kills = number_in(at.file("memory.events"), "oom_kill"),
          .memory_limit = number_in(at.file("memory.events"), "max"),
          .pids_limit = number_in(at.file("pids.events"), "max")};
  // Task 4.3 ends.
}

}  // namespace zoomin::cgroup
