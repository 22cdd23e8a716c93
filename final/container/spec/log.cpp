// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "04-cgroups/limits.hpp"
#include "common/error.hpp"
#include "container/spec/json.hpp"

namespace zoomin::container {

namespace {

// Parses a size such as "10m", "1.5g" or "512". Units are powers of 1000, as in Docker.
std::uint64_t parse_log_size(const std::string& flag, const std::string& text) {
  std::string_view unit = text;
  const auto number = cgroup::take_number(unit);
  if (unit.size() > 1 && unit.ends_with('b')) unit.remove_suffix(1);
  constexpr std::array<std::pair<std::string_view, double>, 5> units{
      {{"", 1}, {"b", 1}, {"k", 1e3}, {"m", 1e6}, {"g", 1e9}}};
  const auto* const found =
      std::ranges::find(units, unit, &std::pair<std::string_view, double>::first);
  const double bytes = number && found != units.end() ? *number * found->second : 0;
  if (bytes < 1 || bytes > 1e15)
    throw usage_error(fmt::format("{}={}: not a size", flag, text),
                      "expected a size such as 512k, 10m or 1g");
  return static_cast<std::uint64_t>(bytes);
}

void read_log_option(const std::string& name, const std::string& text, log_limits& to) {
  const auto flag = fmt::format("--log-opt {}", name);
  if (name == "max-size") {
    to.max_size = text == "-1" ? 0 : parse_log_size(flag, text);
  } else if (name == "max-file") {
    const auto most = cgroup::parse_count(flag, text);
    if (most == cgroup::unlimited)
      throw usage_error(fmt::format("{}={}: expected a number", flag, text));
    to.max_files = static_cast<unsigned>(most);
  } else {
    throw usage_error(flag + ": not supported", "supported: max-size, max-file");
  }
}

}  // namespace

// Accepts Docker's drivers. Our format is our own, like that of Docker's "local".
// "json-file" is accepted too, since scripts and compose files name it, and has the same
// effect.
void read_log_config(const json& host, container_spec& to) {
  const json log = object(host, "LogConfig");
  const auto driver = value<std::string>(log, "Type", "local");
  if (driver != "local" && driver != "json-file" && driver != "none")
    throw usage_error(fmt::format("--log-driver {}: not supported", driver),
                      "supported: local, json-file (the same as local), none");
  to.keeps_log = driver != "none";
  const json options = object(log, "Config");
  if (!to.keeps_log && !options.empty())
    throw usage_error("--log-opt can't be combined with --log-driver none");
  for (const auto& [name, text] : options.items())
    read_log_option(name, text.get<std::string>(), to.log);
  if (to.log.max_files == 0)
    throw usage_error("--log-opt max-file=0: must be at least 1");
  if (to.log.max_files > 1 && to.log.max_size == 0)
    throw usage_error("--log-opt max-file: requires max-size");
}

}  // namespace zoomin::container
