// SPDX-License-Identifier: MIT
#include "base/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "04-cgroups/limits.hpp"
#include "common/error.hpp"

namespace zoomin {

namespace {

struct unit {
  std::string_view name;
  double nanoseconds;
};
constexpr std::array units{unit{"ns", 1},    unit{"us", 1e3}, unit{"µs", 1e3},
                           unit{"ms", 1e6},  unit{"s", 1e9},  unit{"m", 60e9},
                           unit{"h", 3600e9}};

}  // namespace

std::int64_t parse_duration(std::string_view name, const std::string& text) {
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
    throw usage_error(fmt::format("{} \"{}\": not a duration", name, text),
                      "write a duration such as 30s, 1m30s or 500ms");
  return static_cast<std::int64_t>(total);
}

}  // namespace zoomin
