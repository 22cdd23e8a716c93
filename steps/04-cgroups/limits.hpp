// SPDX-License-Identifier: MIT
// limits: the limits of a container, and the parsers for their options: "64m", "0.5".
//
// They throw usage_error for an invalid value, with one line that names the option, its
// value and the reason. Only processors() makes a system call.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace zoomin::cgroup {

// This value is "max" in the kernel's files.
inline constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

// The limits of a group. A member that isn't set changes nothing.
struct limits {
  std::optional<std::uint64_t> memory_bytes;
  // Memory and swap together, like Docker's. If it isn't set, it is memory_bytes: no
  // swap.
  std::optional<std::uint64_t> memory_swap_bytes;
  std::optional<std::uint64_t> cpu_quota_us;  // CPU time in each cpu_period_us
  bool oom_kills_all = true;  // version 2: the OOM killer kills all processes, not one
  std::optional<std::set<unsigned>> processors;
  std::optional<std::uint64_t> pids;
  bool pids_where_possible = false;  // `pids` is a default, which may fail
};

// The kernel's default period. The least quota in it is 1 ms: sched-bwc in the kernel's
// documentation. So the least value of --cpus is 0.01.
inline constexpr std::uint64_t cpu_period_us = 100'000;
inline constexpr std::uint64_t least_quota_us = 1'000;

// The least memory limit, which is also Docker's. A shell of the demo root needs 2 MiB:
// its page tables, its stack and its files are charged to the group, in batches of 64
// pages for each processor.
inline constexpr std::uint64_t least_memory_bytes = 6ULL << 20;

// The options of a step program as the user has typed them.
struct typed_limits {
  std::optional<std::string> memory;
  std::optional<std::string> memory_swap;
  std::optional<std::string> cpus;
  std::optional<std::string> cpuset_cpus;
  std::optional<std::string> pids_limit;
};

// Returns the processors that this process may use, sched_getaffinity(2).
std::set<unsigned> processors();

// Parses all options. `processors` are those of this machine.
limits parse(const typed_limits& typed, const std::set<unsigned>& processors);

// Throws usage_error if memory_swap_bytes, typed as `text`, contradicts memory_bytes.
void check_swap(const limits& limits, const std::string& text);

// Removes digits with at most one point, "12", "1.5", ".5", from the front of `text`, and
// returns the number. A sign, an exponent, "0x" and "nan", which strtod(3) would accept,
// are no part of it.
std::optional<double> take_number(std::string_view& text);

// Parses the size in option `name` ("--memory"): "64m", "1.5g", "67108864", "30MiB". The
// units k, m, g and t are powers of `step`. A size below `least` is refused.
std::uint64_t parse_size(std::string_view name, std::string_view text,
                         std::uint64_t least = least_memory_bytes, double step = 1024);
// Parses a number of processors, "0.5", ".5", "2". Returns the CPU time in each period,
// in microseconds.
std::uint64_t parse_cpus(std::string_view name, std::string_view text,
                         std::size_t processors);
// Parses a list like "0" or "0-3,6". Each number must be in `processors`.
std::set<unsigned> parse_processors(std::string_view name, std::string_view text,
                                    const std::set<unsigned>& processors);
// Parses a number from 1, or "max" or "-1" for unlimited.
std::uint64_t parse_count(std::string_view name, std::string_view text);

// Parse and format the kernel's lists of processors, "0-3,6". Empty if `text` isn't one.
std::optional<std::set<unsigned>> processors_of(std::string_view text);
std::string processors_text(const std::set<unsigned>& processors);

// Formats a quota: "50 ms of CPU time in each 100 ms", "unlimited CPU time".
std::string quota_text(std::uint64_t quota_us);
// Formats a size: "64 MiB", "63.9 MiB", "512 KiB", "unlimited".
std::string size_text(std::uint64_t bytes);

}  // namespace zoomin::cgroup
