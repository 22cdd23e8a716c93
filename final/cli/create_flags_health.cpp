// SPDX-License-Identifier: MIT
#include "base/duration.hpp"
#include "cli/create_flags_parts.hpp"
#include "common/error.hpp"

namespace zoomin::cli {

void put_health(const flags& options, json& request) {
  json check = json::object();
  if (options.has("--health-cmd"))
    check["Test"] = {"CMD-SHELL", options.text("--health-cmd")};
  for (const auto& [flag, key] : {std::pair{"--health-interval", "Interval"},
                                  std::pair{"--health-timeout", "Timeout"},
                                  std::pair{"--health-start-period", "StartPeriod"}})
    if (options.has(flag)) check[key] = parse_duration(flag, options.text(flag));
  if (options.has("--health-retries"))
    check["Retries"] = number(options, "--health-retries");
  if (options.on("--no-healthcheck")) {
    if (!check.empty())
      throw misuse("--no-healthcheck can't be combined with a --health flag");
    check["Test"] = {"NONE"};
  }
  if (!check.empty()) request["Healthcheck"] = std::move(check);
}

}  // namespace zoomin::cli
