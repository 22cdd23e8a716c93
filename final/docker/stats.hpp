// SPDX-License-Identifier: MIT
// stats: lists the resource usage of containers as `stats` does.
// Use it while an engine exists (engine.hpp): it reads that engine's directories.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "container/stats.hpp"
#include "docker/columns.hpp"

namespace zoomin::docker {

struct usage_reading {
  std::chrono::steady_clock::time_point at;
  container::stats used;
};
using usage_readings = std::map<std::string, usage_reading>;  // by id

// Reads the usage of the containers, omitting those that don't run.
usage_readings read_usage(const std::vector<std::string>& ids);

// Returns the CPU time used between two readings, where 100 % is one busy processor. It
// is 0 if the container was restarted in between, because its new cgroup counts from 0.
double cpu_percent(const usage_reading& before, const usage_reading& now);

// Lists the running containers with the CPU time that they used between two readings,
// then those containers of `idle` that don't run, with zeros.
listing usage_listing(const usage_readings& before, const usage_readings& now,
                      const std::vector<std::string>& idle, bool no_trunc);

}  // namespace zoomin::docker
