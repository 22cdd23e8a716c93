// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "04-cgroups/limits.hpp"
#include "cli/create_flags_parts.hpp"
#include "common/error.hpp"

namespace zoomin::cli {

namespace {

struct unit {
  std::string_view name;
  double nanoseconds;
};
constexpr std::array units{unit{"ns", 1},    unit{"us", 1e3}, unit{"µs", 1e3},
                           unit{"ms", 1e6},  unit{"s", 1e9},  unit{"m", 60e9},
                           unit{"h", 3600e9}};

// Parses a duration as Go writes it: "30s", "1m30s", "1.5h". Returns nanoseconds.
std::int64_t parse_duration(std::string_view flag, const std::string& text) {
  std::string_view rest = text;
  double total = 0;
  bool fine = !rest.empty();
  while (fine && !rest.empty()) {
    const auto number = cgroup::take_number(rest);
    const auto word = rest.substr(0, rest.find_first_of("0123456789."));
    const auto* const found = std::ranges::find(units, word, &unit::name);
    fine = number && found != units.end();
    if (fine) total += *number * found->nanoseconds;
    rest.remove_prefix(word.size());
  }
  if (!fine || total > 1e17)
    throw usage_error(fmt::format("{} \"{}\": not a duration", flag, text),
                      "write a duration such as 30s, 1m30s or 500ms");
  return static_cast<std::int64_t>(total);
}

}  // namespace

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
