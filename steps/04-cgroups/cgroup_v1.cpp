// SPDX-License-Identifier: MIT
// cgroup_v1: version 1 has a tree for each controller, so a group is several directories
// of one name. The files are described in the kernel's Documentation/admin-guide/
// cgroup-v1/. There is no memory.oom.group (the OOM killer kills one process, not all)
// and no cgroup.kill.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "04-cgroups/backend.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

constexpr int most_looks = 2500;  // 5 s

// Without a limit, memory.limit_in_bytes is LONG_MAX, rounded down to a page.
constexpr std::uint64_t near_unlimited = 1ULL << 62;

std::string minus_one_or(std::uint64_t value) {
  return value == unlimited ? "-1" : fmt::format("{}", value);
}

std::optional<std::uint64_t> bytes_in(const std::string& path) {
  const auto bytes = number_in(path);
  return bytes && *bytes > near_unlimited ? unlimited : bytes;
}

// Copies a cpuset file of the parent. A new cpuset group has no processors and no memory
// nodes, and accepts no process before it has both: cpusets(7).
void inherit(const why& reason, const std::string& from, const std::string& to,
             const std::string& name) {
  std::string value = read_file(from + "/" + name);
  value.erase(std::min(value.find('\n'), value.size()));
  if (read_file(to + "/" + name) != value + "\n")
    write_file(reason, to + "/" + name, value);
}

class v1 : public backend {
 public:
  void detect_controllers(cgroup_dir&) const override {}
  void prepare_parent(cgroup_dir&) const override {}

  void prepare_root(cgroup_dir& at) const override {
    if (at.controllers.contains("memory")) limit_all(at);
    if (!at.controllers.contains("cpuset")) return;
    const why reason{"cpuset.zoomin"_id, "a new cpuset group is empty"};
    inherit(reason, at.parent, at.ours(), "cpuset.cpus");
    inherit(reason, at.parent, at.ours(), "cpuset.mems");
  }

  void prepare(const cgroup_dir& at) const override {
    if (!at.controllers.contains("cpuset")) return;
    const why reason{"cpuset.group"_id, "no process can join without both"};
    inherit(reason, at.ours(), at.directory, "cpuset.cpus");
    inherit(reason, at.ours(), at.directory, "cpuset.mems");
  }

  void limit(const std::vector<cgroup_dir>& dirs, const limits& limits) const override {
    if (limits.memory_bytes) limit_memory(require(dirs, "memory", "--memory"), limits);
    if (limits.memory_reservation_bytes)
      write_file({"memory.reserved"_id, "reclaimed last below this"},
                 require(dirs, "memory", "--memory-reservation")
                     .file("memory.soft_limit_in_bytes"),
                 fmt::format("{}", *limits.memory_reservation_bytes));
    if (limits.cpu_quota_us)
      write_file({"cpu"_id, "CPU time in each 100 ms, in µs"},
                 require(dirs, "cpu", "--cpus").file("cpu.cfs_quota_us"),
                 minus_one_or(*limits.cpu_quota_us));
    if (limits.cpu_weight)
      write_file({"weight"_id, "its share of busy processors"},
                 require(dirs, "cpu", "--cpu-weight").file("cpu.shares"),
                 fmt::format("{}", shares_of(*limits.cpu_weight)));
  }

  usage read(const std::vector<cgroup_dir>& dirs) const override {
    usage now;
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
    return now;
  }

  events read_events(const std::vector<cgroup_dir>& dirs) const override {
    events result;
    if (const cgroup_dir* at = find(dirs, "memory")) {
      result.oom_kills = number_in(at->file("memory.oom_control"), "oom_kill");
      result.memory_limit = number_in(at->file("memory.failcnt")).value_or(0);
    }
    if (const cgroup_dir* at = find(dirs, "pids"))
      result.pids_limit = number_in(at->file("pids.events"), "max");
    return result;
  }

  // Reading the state completes the change: kernel documentation, "Cgroup Freezer".
  void freeze(const std::vector<cgroup_dir>& dirs, bool frozen) const override {
    const std::string file = require(dirs, "freezer", "pause").file("freezer.state");
    const std::string state = frozen ? "FROZEN" : "THAWED";
    for (int left = most_looks; left > 0; --left) {
      write_file({"freeze"_id, frozen ? "all processes stop" : "all processes go on"},
                 file, state);
      if (read_file(file) == state + "\n") return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    write_file(quiet, file, "THAWED");
    throw sys::error(EBUSY, "freeze", file);
  }

  bool populated(const std::string& directory) const override {
    return !processes_in(directory).empty();
  }

  void kill(const std::string& directory) const override {
    if (const std::string file = directory + "/freezer.state"; exists(file))
      write_file(quiet, file, "THAWED");
    for (const pid_t pid : processes_in(directory)) ::kill(pid, SIGKILL);
  }

 private:
  // An old kernel includes the groups below only if memory.use_hierarchy was set before
  // there were any.
  static void limit_all(const cgroup_dir& at) {
    const std::string limit = at.ours() + "/memory.limit_in_bytes";
    if (at.ceiling_bytes == unlimited || bytes_in(limit) != unlimited) return;
    const std::string below = at.ours() + "/memory.use_hierarchy";
    if (number_in(below) == 0) write_file(quiet, below, "1");
    write_file(quiet, limit, minus_one_or(at.ceiling_bytes));
  }

  // The limit of memory can't exceed the limit of memory and swap together, so the order
  // matters when the limits of a running group are changed.
  static void limit_memory(const cgroup_dir& at, const limits& limits) {
    const auto memory = *limits.memory_bytes;
    const std::string words = fmt::format("at most {}", size_text(memory));
    const std::string file = at.file("memory.limit_in_bytes");
    const std::string swap_file = at.file("memory.memsw.limit_in_bytes");
    const auto limit_swap = [&] {
      if (limits.memory_swap_bytes || exists(swap_file))
        write_file({"swap"_id, "memory and swap together"}, swap_file,
                   minus_one_or(limits.memory_swap_bytes.value_or(memory)));
    };
    const bool swap_first = bytes_in(swap_file).value_or(unlimited) < memory;
    if (swap_first) limit_swap();
    write_file({"memory"_id, words}, file, minus_one_or(memory));
    if (!swap_first) limit_swap();
  }
};

}  // namespace

const backend& version_1() {
  static const v1 instance;
  return instance;
}

}  // namespace zoomin::cgroup
