// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/json.hpp"
#include "common/error.hpp"
#include "container/spec/json.hpp"

namespace zoomin::container {

namespace {

// Reads a duration. 0 or a missing value keeps the default.
void read_time(const json& from, const char* key, const char* flag,
               std::chrono::nanoseconds& to) {
  const std::chrono::nanoseconds time(value<std::int64_t>(from, key, 0));
  if (time.count() == 0) return;
  if (time < std::chrono::milliseconds(1))
    throw usage_error(fmt::format("{}: must be at least 1 ms", flag));
  to = time;
}

}  // namespace

void read_health(const json& from, container_spec& to) {
  const json check = object(from, "Healthcheck");
  read_time(check, "Interval", "--health-interval", to.health.interval);
  read_time(check, "Timeout", "--health-timeout", to.health.timeout);
  read_time(check, "StartPeriod", "--health-start-period", to.health.start_period);
  if (const auto retries = value<unsigned>(check, "Retries", 0); retries != 0)
    to.health.retries = retries;
  auto test = strings(check, "Test");
  if (test.empty() || test[0] == "NONE") return;
  const std::string form = test[0];
  test.erase(test.begin());
  if (form == "CMD-SHELL") test.insert(test.begin(), {"/bin/sh", "-c"});
  if ((form != "CMD" && form != "CMD-SHELL") || test.empty())
    throw usage_error(
        fmt::format("the health check {} must begin with CMD, CMD-SHELL or NONE",
                    files::shown_json(check.at("Test"))));
  to.health.command = test;
}

}  // namespace zoomin::container
