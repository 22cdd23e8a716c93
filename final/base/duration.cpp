// SPDX-License-Identifier: MIT
#include "base/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "04-cgroups/limits.hpp"
#include "common/error.hpp"

namespace zoomin::base {

namespace {

struct unit {
  std::string_view name;
  double nanoseconds;
};
constexpr std::array units{unit{"ns", 1},     unit{"us", 1e3},    unit{"µs", 1e3},
                           unit{"ms", 1e6},   unit{"s", 1e9},     unit{"m", 60e9},
                           unit{"h", 3600e9}, unit{"d", 86'400e9}};
constexpr double most = 9e18, three_years = 1e17;

}  // namespace

std::optional<std::int64_t> duration_ns(std::string_view text, bool days) {
  double total = 0;
  do {
    const auto typed = text.substr(0, text.find_first_not_of("0123456789."));
    const auto number = cgroup::take_number(text);
    const auto word = text.substr(0, text.find_first_of("0123456789."));
    const auto* const found = std::ranges::find(units, word, &unit::name);
    if (!number || typed.ends_with('.') || found == units.end()) return std::nullopt;
    if (word == "d" && !days) return std::nullopt;
    total += *number * found->nanoseconds;
    text.remove_prefix(word.size());
  } while (!text.empty());
  if (total > most) return std::nullopt;
  return static_cast<std::int64_t>(total);
}

std::int64_t parse_duration(std::string_view name, const std::string& text) {
  const auto duration = duration_ns(text);
  if (!duration || static_cast<double>(*duration) > three_years)
    throw usage_error(fmt::format("{} \"{}\": not a duration", name, text),
                      "write a duration such as 30s, 1m30s or 500ms");
  return *duration;
}

}  // namespace zoomin::base
