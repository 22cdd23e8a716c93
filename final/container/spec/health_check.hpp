// SPDX-License-Identifier: MIT
// health_check: how it is looked whether a container does what it is for: health.hpp.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace zoomin::container {

// Docker's "Healthcheck". Without a command there is none.
struct health_check {
  std::vector<std::string> command{};
  std::chrono::nanoseconds interval = std::chrono::seconds(30);  // from end to start
  std::chrono::nanoseconds timeout = std::chrono::seconds(30);
  std::chrono::nanoseconds start_period{};  // in which failures don't count
  unsigned retries = 3;                     // failures in a row that make it unhealthy
};

}  // namespace zoomin::container
