// SPDX-License-Identifier: MIT
// health_check: describes the health check of a container. ../monitor/health.hpp runs it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace zoomin::container {

// Docker's "Healthcheck". Without a command there is no check.
struct health_check {
  std::vector<std::string> command{};
  // The time from the end of a check to the beginning of the next one.
  std::chrono::nanoseconds interval = std::chrono::seconds(30);
  std::chrono::nanoseconds timeout = std::chrono::seconds(30);
  std::chrono::nanoseconds start_period{};  // failures during it don't count
  unsigned retries = 3;                     // failures in a row until unhealthy
};

}  // namespace zoomin::container
