// SPDX-License-Identifier: MIT
// stats: the resource usage of containers as `stats` shows it.
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

// Reads the usage of those containers that run.
usage_readings read_usage(const std::vector<std::string>& ids);

// Lists the containers that run, with the CPU time that they used between two readings;
// then those of `idle` that don't run, with zeros.
listing usage_listing(const usage_readings& before, const usage_readings& now,
                      const std::vector<std::string>& idle, bool whole);

}  // namespace zoomin::docker
