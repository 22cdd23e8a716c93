// SPDX-License-Identifier: MIT
#include "04-cgroups/limits.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

namespace {

// No machine has more memory; a limit above it is a typing error.
constexpr double max_bytes = 1024.0 * (1ULL << 40);
// The kernel's greatest PID, proc_sys_kernel(5), pid_max.
constexpr std::uint64_t max_pids = 4'194'304;
// The greatest number of processors that the kernel can be built for.
constexpr unsigned max_processors = 8192;

constexpr const char* size_hint = "use a size such as 64m or 1.5g, with k, m, g or t";
constexpr const char* cpus_hint = "use a number of processors, such as 0.5 or 2";
constexpr const char* processors_hint = "use a list of processors, such as 0 or 0-3,6";

[[noreturn]] void refuse(std::string_view name, std::string_view text,
                         std::string_view wrong, const std::string& hint = {}) {
  throw usage_error(fmt::format("{} \"{}\": {}", name, text, wrong), hint);
}

std::optional<unsigned> take_whole(std::string_view& text) {
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// Returns 1, step, step² … for "", "b", "k", "kb", "kib", "m" …
std::optional<double> factor_of(const std::string& unit, double step) {
  if (unit.empty() || unit == "b") return 1;
  constexpr std::string_view letters = "kmgt";
  const auto thousands = letters.find(unit[0]);
  if (thousands == std::string_view::npos) return std::nullopt;
  const std::string rest = unit.substr(1);
  if (!rest.empty() && rest != "b" && rest != "ib") return std::nullopt;
  double factor = step;
  for (std::size_t i = 0; i < thousands; ++i) factor *= step;
  return factor;
}

bool means_unlimited(std::string_view text) { return text == "max" || text == "-1"; }

}  // namespace

std::set<unsigned> processors() {
  cpu_set_t allowed;
  sys::check("sched_getaffinity", "",
             [&] { return ::sched_getaffinity(0, sizeof allowed, &allowed); });
  std::set<unsigned> result;
  for (unsigned number = 0; number < CPU_SETSIZE; ++number)
    if (CPU_ISSET(number, &allowed)) result.insert(number);
  return result;
}

std::optional<double> take_number(std::string_view& text) {
  const auto size = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string number(text.substr(0, size));
  if (std::ranges::count(number, '.') > 1 || number.empty() || number == ".")
    return std::nullopt;
  text.remove_prefix(size);
  return std::strtod(number.c_str(), nullptr);
}

std::uint64_t parse_size(std::string_view name, std::string_view text,
                         std::uint64_t least, double step) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  const auto factor = factor_of(sys::lower_case(std::string(rest)), step);
  if (!number || !factor) refuse(name, text, "not a size", size_hint);
  const double bytes = *number * *factor;
  if (bytes > max_bytes) refuse(name, text, "more than any machine has", size_hint);
  if (bytes < static_cast<double>(least))
    refuse(name, text, fmt::format("must be at least {}", size_text(least)),
           least == least_memory_bytes
               ? "a command needs that much to start: page tables and stack count too"
               : "");
  return static_cast<std::uint64_t>(bytes);
}

std::uint64_t parse_cpus(std::string_view name, std::string_view text,
                         std::size_t processors) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  if (!number || !rest.empty())
    refuse(name, text, "not a number of processors", cpus_hint);
  if (*number > static_cast<double>(processors))
    refuse(name, text, fmt::format("this machine has {}", processors), cpus_hint);
  const double exact = *number * static_cast<double>(cpu_period_us);
  auto quota = static_cast<std::uint64_t>(exact);
  if (exact - static_cast<double>(quota) >= 0.5) ++quota;
  if (quota < least_quota_us)
    refuse(name, text, "must be at least 0.01",
           "the least that the kernel can give is 1 ms in each 100 ms");
  return quota;
}

std::set<unsigned> parse_processors(std::string_view name, std::string_view text,
                                    const std::set<unsigned>& processors) {
  const auto parsed = processors_of(text);
  if (!parsed) refuse(name, text, "not a list of processors", processors_hint);
  for (const unsigned number : *parsed)
    if (!processors.contains(number))
      refuse(name, text,
             fmt::format("no processor {}: this machine has {}", number,
                         processors_text(processors)),
             processors_hint);
  return *parsed;
}

std::uint64_t parse_count(std::string_view name, std::string_view text) {
  if (means_unlimited(text)) return unlimited;
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0 ||
      value > max_pids)
    refuse(name, text, fmt::format("not a number from 1 to {}", max_pids),
           "use max for no limit");
  return value;
}

void check_swap(const limits& limits, const std::string& text) {
  constexpr const char* hint = "it is the limit of memory and swap together";
  if (!limits.memory_bytes) refuse("--memory-swap", text, "needs --memory", hint);
  if (*limits.memory_swap_bytes < *limits.memory_bytes)
    refuse(
        "--memory-swap", text,
        fmt::format("less than --memory, which is {}", size_text(*limits.memory_bytes)),
        hint);
}

limits parse(const typed_limits& typed, const std::set<unsigned>& processors) {
  limits result;
  if (typed.memory) result.memory_bytes = parse_size("--memory", *typed.memory);
  if (typed.memory_swap) {
    const auto& text = *typed.memory_swap;
    result.memory_swap_bytes =
        means_unlimited(text) ? unlimited : parse_size("--memory-swap", text);
    check_swap(result, text);
  }
  if (typed.cpus)
    result.cpu_quota_us = parse_cpus("--cpus", *typed.cpus, processors.size());
  if (typed.cpuset_cpus)
    result.processors = parse_processors("--cpuset-cpus", *typed.cpuset_cpus, processors);
  if (typed.pids_limit) result.pids = parse_count("--pids-limit", *typed.pids_limit);
  return result;
}

std::optional<std::set<unsigned>> processors_of(std::string_view text) {
  std::set<unsigned> result;
  while (true) {
    const auto first = take_whole(text);
    auto last = first;
    if (first && text.starts_with('-')) {
      text.remove_prefix(1);
      last = take_whole(text);
    }
    if (!first || !last || *last < *first || *last >= max_processors) return std::nullopt;
    for (unsigned number = *first; number <= *last; ++number) result.insert(number);
    if (text.empty()) return result;
    if (!text.starts_with(',')) return std::nullopt;
    text.remove_prefix(1);
  }
}

std::string processors_text(const std::set<unsigned>& processors) {
  std::string result;
  for (auto next = processors.begin(); next != processors.end();) {
    const unsigned first = *next;
    unsigned last = first;
    for (++next; next != processors.end() && *next == last + 1; ++next) ++last;
    if (!result.empty()) result += ',';
    result +=
        first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
  }
  return result;
}

std::string quota_text(std::uint64_t quota_us) {
  if (quota_us == unlimited) return "unlimited CPU time";
  return fmt::format("{} ms of CPU time in each {} ms",
                     static_cast<double>(quota_us) / 1000, cpu_period_us / 1000);
}

std::string size_text(std::uint64_t bytes) {
  if (bytes == unlimited) return "unlimited";
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  const bool whole = value == std::floor(value);
  return whole ? fmt::format("{:.0f} {}", value, units[unit])
               : fmt::format("{:.1f} {}", value, units[unit]);
}

}  // namespace zoomin::cgroup
