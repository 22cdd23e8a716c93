// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/duration.hpp"
#include "base/json.hpp"
#include "common/error.hpp"
#include "container/spec/fields.hpp"

namespace zoomin::container {

namespace {

void put_command(std::string_view, const std::string& text, json& target) {
  target = {"CMD-SHELL", text};
}

void put_none(std::string_view flag, const std::string&, json& check) {
  if (!check.empty())
    throw usage_error(fmt::format("{} can't be combined with a --health flag", flag));
  check["Test"] = {"NONE"};
}

void put_duration(std::string_view flag, const std::string& text, json& target) {
  const auto nanoseconds = base::parse_duration(flag, text);
  if (nanoseconds != 0 && nanoseconds < 1'000'000)
    throw usage_error(fmt::format("{}: must be at least 1 ms", flag));
  target = nanoseconds;
}

// Reads a duration. 0 keeps the default.
template <auto member>
void read_time(const json& value, container_spec& to) {
  const std::chrono::nanoseconds time(value.get<std::int64_t>());
  if (time.count() != 0 && time < std::chrono::milliseconds(1))
    throw usage_error("the times of Config.Healthcheck must be at least 1 ms");
  if (time.count() != 0) to.health.*member = time;
}

void read_retries(const json& value, container_spec& to) {
  if (value != 0) value.get_to(to.health.retries);
}

void read_test(const json& value, container_spec& to) {
  if (value.empty() || value[0] == "NONE") return;
  auto test = value.get<std::vector<std::string>>();
  const std::string form = test[0];
  test.erase(test.begin());
  if (form == "CMD-SHELL") test.insert(test.begin(), {"/bin/sh", "-c"});
  if ((form != "CMD" && form != "CMD-SHELL") || test.empty())
    throw usage_error(
        fmt::format("the health check {} must begin with CMD, CMD-SHELL or NONE",
                    base::shown_json(value)));
  to.health.command = test;
}

using enum kind;

constexpr field health_fields[]{
    {"--health-cmd", 0, text, "/Healthcheck/Test",
     "shell command that exits 0 while healthy", "", read_test, put_command},
    {"--health-interval", 0, text, "/Healthcheck/Interval",
     "time between health checks (default 30s)", "", read_time<&health_check::interval>,
     put_duration},
    {"--health-timeout", 0, text, "/Healthcheck/Timeout",
     "time limit of a health check (default 30s)", "", read_time<&health_check::timeout>,
     put_duration},
    {"--health-retries", 0, number, "/Healthcheck/Retries",
     "consecutive failures until unhealthy (default 3)", "", read_retries},
    {"--health-start-period", 0, text, "/Healthcheck/StartPeriod",
     "start period in which failures don't count (0s)", "",
     read_time<&health_check::start_period>, put_duration},
    {"--health-start-interval", 0, unsupported},
    {"--no-healthcheck", 0, toggle, "/Healthcheck",
     "disable any container-specified HEALTHCHECK", "", nullptr, put_none}};

}  // namespace

constinit const subject health_subject{health_fields};

}  // namespace zoomin::container
