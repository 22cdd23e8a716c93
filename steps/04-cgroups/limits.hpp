// SPDX-License-Identifier: MIT
// limits: what a container may use at most, and how people write it down: "64m", "0.5".
//
// Pure logic: asks nothing of the kernel. What can't be meant is refused with
// usage_error, one line that names the option, its value and what is wrong with it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace zoomin::cgroup {

// "max" in the kernel's files.
inline constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

// What may pass between a group and one block device in a second.
struct io_limit {
  enum class kind { read_bytes, written_bytes, reads, writes };
  std::string device;  // "/dev/sda"
  kind of = kind::read_bytes;
  std::uint64_t most = unlimited;
};

// What an unset member leaves as it is.
struct limits {
  std::optional<std::uint64_t> memory_bytes;
  // Memory and swap together, as Docker counts. Unset: as much as the memory, so no swap.
  std::optional<std::uint64_t> memory_swap_bytes;
  // Memory that is taken away last where the machine has too little.
  std::optional<std::uint64_t> memory_reservation_bytes{};
  std::optional<std::uint64_t> cpu_quota_us;  // CPU time in each cpu_period_us
  std::optional<std::uint64_t> cpu_weight;    // 1 to 10000; a group without one has 100
  bool oom_ends_all = true;  // at memory_bytes, version 2: not one process, all of them
  std::optional<std::set<unsigned>> processors;
  std::optional<std::set<unsigned>> memory_nodes{};  // numa(7)
  std::optional<std::uint64_t> pids;
  bool pids_where_possible = false;          // nobody asked: no reason to fail
  std::optional<std::uint64_t> io_weight{};  // 10 to 1000; a group without one has 100
  std::vector<io_limit> io{};
};

// The kernel's own default; within it the quota is at least 1 ms: sched-bwc in the
// kernel's documentation. So the least that --cpus takes is 0.01.
inline constexpr std::uint64_t cpu_period_us = 100'000;
inline constexpr std::uint64_t least_quota_us = 1'000;

// A shell of the demo root needs 2 MiB: its page tables, its stack and what it writes are
// charged to the group, in batches of 64 pages a processor. Docker's least, too.
inline constexpr std::uint64_t least_memory_bytes = 6ULL << 20;

// A weight as version 1 has it in cpu.shares, where 1024 is what 100 is in version 2.
constexpr std::uint64_t shares_of(std::uint64_t weight) { return weight * 1024 / 100; }

// The options of a step program, as they were typed.
struct typed_limits {
  std::optional<std::string> memory;
  std::optional<std::string> memory_swap;
  std::optional<std::string> cpus;
  std::optional<std::string> cpuset_cpus;
  std::optional<std::string> pids_limit;
};

// `processors`: those that there are.
limits parse(const typed_limits& typed, const std::set<unsigned>& processors);

// Whether memory_swap_bytes, typed as `text`, goes with memory_bytes.
void check_swap(const limits& limits, const std::string& text);

// Takes digits with at most one point, "12", "1.5", ".5", off the front of `text`. No
// sign, no exponent, no "0x" and no "nan", all of which strtod(3) would take.
std::optional<double> take_number(std::string_view& text);

// Each gives the value of option `name`: "--memory".
// Bytes: "64m", "1.5g", "67108864", "30MiB"; k, m, g and t are powers of 1024.
// Less than `least` is refused.
std::uint64_t parse_size(std::string_view name, std::string_view text,
                         std::uint64_t least = least_memory_bytes);
// "0.5", ".5", "2": CPU time in each period, in microseconds.
std::uint64_t parse_cpus(std::string_view name, std::string_view text,
                         std::size_t processors);
// "0", "0-3,6": each one of `processors`.
std::set<unsigned> parse_processors(std::string_view name, std::string_view text,
                                    const std::set<unsigned>& processors);
// A number from 1, or "max" or "-1" for unlimited.
std::uint64_t parse_count(std::string_view name, std::string_view text);

// The kernel's own lists of processors, "0-3,6"; empty where `text` isn't one.
std::optional<std::set<unsigned>> processors_of(std::string_view text);
std::string processors_text(const std::set<unsigned>& processors);

// "64 MiB", "63.9 MiB", "512 KiB", "unlimited".
std::string size_text(std::uint64_t bytes);

}  // namespace zoomin::cgroup
