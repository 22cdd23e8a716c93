// SPDX-License-Identifier: MIT
// usage: reads what a group has used, and how often it has reached its limits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "04-cgroups/hierarchy.hpp"
#include "04-cgroups/limits.hpp"

namespace zoomin::cgroup {

// Limits and usage, as the kernel reports them. Empty if this kernel or version doesn't.
struct usage {
  std::uint64_t memory_bytes = 0;
  std::uint64_t inactive_file_bytes = 0;  // the part that is cache of unused files
  std::optional<std::uint64_t> memory_peak_bytes;
  std::uint64_t memory_limit_bytes = unlimited;
  std::uint64_t cpu_time_us = 0;
  std::optional<std::uint64_t> cpu_quota_us;  // in each cpu_period_us; empty: unlimited
  std::uint64_t cpu_periods = 0;              // periods in which it wanted to run
  std::uint64_t throttled_us = 0;             // time it had to wait for its next period
  std::uint64_t pids = 0;
  std::uint64_t pids_limit = unlimited;

  // Returns the memory without the cache that the kernel drops first, like Docker: a
  // container that only wrote a big file isn't near its limit.
  [[nodiscard]] std::uint64_t needed_memory_bytes() const {
    return memory_bytes - std::min(memory_bytes, inactive_file_bytes);
  }
};

// How often the group has reached a limit.
struct events {
  std::uint64_t oom_kills = 0;     // processes that the OOM killer ended
  std::uint64_t memory_limit = 0;  // allocations that made the kernel reclaim first
  std::uint64_t pids_limit = 0;    // forks refused
};

// Read the files of any group.
usage read_usage(const std::vector<cgroup_dir>& dirs);
events read_events(const std::vector<cgroup_dir>& dirs);

}  // namespace zoomin::cgroup
