// SPDX-License-Identifier: MIT
#include "04-cgroups/v1.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "04-cgroups/group_files.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup::v1 {

using namespace sys;

namespace {

constexpr std::uint64_t near_unlimited = 1ULL << 62;

std::string minus_one_or(std::uint64_t value) {
  return value == unlimited ? "-1" : fmt::format("{}", value);
}

void inherit(const why& reason, const std::string& from, const std::string& to,
             const std::string& name) {
  std::string value = read_file(from + "/" + name);
  value.erase(std::min(value.find('\n'), value.size()));
  if (read_file(to + "/" + name) != value + "\n")
    write_file(reason, to + "/" + name, value);
}

// The limit of memory can't exceed the limit of memory and swap together, so the order
// matters when the limits of a running group are changed.
void limit_memory(const cgroup_dir& at, const limits& limits) {
  // Task 4.2 begins, on version 1.
  const auto memory = *limits.memory_bytes;
  const std::string file = at.file("memory.limit_in_bytes");
  const std::string swap_file = at.file("memory.memsw.limit_in_bytes");
  const auto limit_swap = [&] {
    const auto both = limits.memory_swap_bytes.value_or(memory);
    const std::string words = fmt::format("with swap {}", size_text(both));
    if (limits.memory_swap_bytes || exists(swap_file))
      write_file({"memory.swap"_id, "", words}, swap_file, minus_one_or(both));
  };
  const bool swap_first = bytes_in(swap_file).value_or(unlimited) < memory;
  if (swap_first) limit_swap();
  write_file({"memory"_id, "", "at most " + size_text(memory)}, file,
             minus_one_or(memory));
  if (!swap_first) limit_swap();
  // Task 4.2 ends.
}

}  // namespace

std::optional<std::uint64_t> bytes_in(const std::string& path) {
  const auto bytes = number_in(path);
  return bytes && *bytes > near_unlimited ? unlimited : bytes;
}

void inherit_cpuset(const why& reason, const cgroup_dir& at, const std::string& from,
                    const std::string& to) {
  if (!at.controllers.contains("cpuset")) return;
  for (const char* name : {"cpuset.cpus", "cpuset.mems"}) inherit(reason, from, to, name);
}

void limit_memory_and_cpu(const std::vector<cgroup_dir>& dirs, const limits& limits) {
  if (limits.memory_bytes) limit_memory(require(dirs, "memory", "--memory"), limits);
  if (limits.cpu_quota_us) {
    // Task 4.2 begins, on version 1.
    write_file({"cpu"_id, "", quota_text(*limits.cpu_quota_us)},
               require(dirs, "cpu", "--cpus").file("cpu.cfs_quota_us"),
               minus_one_or(*limits.cpu_quota_us));
    // Task 4.2 ends.
  }
}

usage read_usage(const std::vector<cgroup_dir>& dirs) {
  usage now;
  // Task 4.3 begins, on version 1.
  if (const cgroup_dir* at = find(dirs, "memory")) {
    now.memory_bytes = number_in(at->file("memory.usage_in_bytes")).value_or(0);
    now.inactive_file_bytes = number_in(at->file("memory.stat"), "total_inactive_file");
    now.memory_peak_bytes = number_in(at->file("memory.max_usage_in_bytes"));
    now.memory_limit_bytes =
        bytes_in(at->file("memory.limit_in_bytes")).value_or(unlimited);
  }
  if (const cgroup_dir* at = find(dirs, "cpuacct"))
    now.cpu_time_us = number_in(at->file("cpuacct.usage")).value_or(0) / 1000;
  if (const cgroup_dir* at = find(dirs, "cpu")) {
    // "-1", unlimited, reads as a number beyond any quota.
    now.cpu_quota_us = number_in(at->file("cpu.cfs_quota_us"));
    if (now.cpu_quota_us.value_or(0) > near_unlimited) now.cpu_quota_us.reset();
    now.cpu_periods = number_in(at->file("cpu.stat"), "nr_periods");
    now.throttled_us = number_in(at->file("cpu.stat"), "throttled_time") / 1000;
  }
  if (const cgroup_dir* at = find(dirs, "pids")) {
    now.pids = number_in(at->file("pids.current")).value_or(0);
    now.pids_limit = number_in(at->file("pids.max")).value_or(unlimited);
  }
  // Task 4.3 ends.
  return now;
}

events read_events(const std::vector<cgroup_dir>& dirs) {
  events result;
  if (const cgroup_dir* at = find(dirs, "memory")) {
    result.oom_kills = number_in(at->file("memory.oom_control"), "oom_kill");
    result.memory_limit = number_in(at->file("memory.failcnt")).value_or(0);
  }
  if (const cgroup_dir* at = find(dirs, "pids"))
    result.pids_limit = number_in(at->file("pids.events"), "max");
  return result;
}

void send_kill(const std::string& directory) {
  // Task 4.4 begins, on version 1.
  if (const std::string file = directory + "/freezer.state"; exists(file))
    write_file(quiet, file, "THAWED");
  for (const pid_t pid : processes_in(directory)) ::kill(pid, SIGKILL);
  // Task 4.4 ends.
}

}  // namespace zoomin::cgroup::v1
