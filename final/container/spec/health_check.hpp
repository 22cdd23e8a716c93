// SPDX-License-Identifier: MIT
// health_check: the command that checks a container's health, and when it runs;
// ../monitor/health.hpp runs it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace zoomin::container {

// Docker's "Healthcheck". Without a command there is no check.
struct health_check {
  std::vector<std::string> command{};
  std::chrono::nanoseconds interval =
      std::chrono::seconds(30);  // from the end of a check to the next
  std::chrono::nanoseconds timeout = std::chrono::seconds(30);
  std::chrono::nanoseconds start_period{};  // failures in it don't count
  unsigned retries = 3;                     // failures in a row until it is unhealthy
};

}  // namespace zoomin::container
