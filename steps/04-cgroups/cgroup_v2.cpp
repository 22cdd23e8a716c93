// SPDX-License-Identifier: MIT
// cgroup_v2: version 2 has one tree, and a group is one directory. A controller works in
// a group only if all groups above it have it in cgroup.subtree_control: cgroups(7). The
// files are described in the kernel's Documentation/admin-guide/cgroup-v2.rst.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "04-cgroups/backend.hpp"
#include "common/narration.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

constexpr int longest_freeze_ms = 5000;
constexpr int most_clearings = 10;  // processes may be started meanwhile
const std::set<std::string> ours{"cpu", "cpuset", "memory", "pids"};

std::set<std::string> common(const std::set<std::string>& left,
                             const std::set<std::string>& right) {
  std::set<std::string> both;
  std::ranges::set_intersection(left, right, std::inserter(both, both.end()));
  return both;
}

std::string max_or(std::uint64_t value) {
  return value == unlimited ? "max" : fmt::format("{}", value);
}

// Moves a process, unless it has just ended.
void move(const std::string& pid, const std::string& group) {
  try {
    write_file(quiet, group + "/cgroup.procs", pid);
  } catch (const sys::error& failure) {
    if (failure.number() != ESRCH) throw;
  }
}

// Only the machine's real root cgroup, which has no cgroup.type, may have processes and
// enable controllers for its children as well ("no internal processes").
std::string why_busy(const std::string& group) {
  return fmt::format(
      "can't be enabled below {}: it isn't the machine's root cgroup, and has processes",
      group);
}

// Moves the processes of a group into a new group below it, like dockerd, so that it can
// enable controllers for its children. Only for the visible root of a container, which
// isn't the machine's. Returns false if that isn't possible.
bool clear(const std::string& group) {
  const auto above = std::filesystem::path(group).parent_path().string();
  if (exists(above + "/cgroup.controllers")) return false;
  const std::string below = group + "/init";
  try {
    make_directory(quiet, below);
    for (int tries = most_clearings; tries > 0; --tries) {
      const auto pids = words_in(group + "/cgroup.procs");
      if (pids.empty()) {
        narration::warn(fmt::format(
            "moved the processes of {} to {}, so that limits can be set", group, below));
        return true;
      }
      for (const auto& pid : pids) move(pid, below);
    }
  } catch (const sys::error&) {
    // The processes stay where they are, and limits are refused.
  }
  return false;
}

// Enables at.controllers for the children of `group`. Removes those that can't be enabled
// from at.controllers.
void enable(const why& reason, cgroup_dir& at, const std::string& group) {
  const std::string file = group + "/cgroup.subtree_control";
  std::string missing;
  const auto enabled = words_in(file);
  for (const auto& name : at.controllers)
    if (!enabled.contains(name)) missing += (missing.empty() ? "+" : " +") + name;
  if (missing.empty()) return;
  try {
    write_file(reason, file, missing);
  } catch (const sys::error& failure) {
    if (failure.number() == ENOENT && !exists(file)) throw;
    if (failure.number() == EBUSY && clear(group)) return enable(reason, at, group);
    if (failure.number() == EBUSY) at.refusal = why_busy(group);
    at.controllers = common(at.controllers, words_in(file));
  }
}

class v2 : public backend {
 public:
  void detect_controllers(cgroup_dir& at) const override {
    at.controllers.insert(ours.begin(), ours.end());
    at.controllers = common(at.controllers, words_in(at.parent + "/cgroup.controllers"));
  }

  void enable_ancestors(cgroup_dir& at,
                        const std::set<std::string>& also) const override {
    std::vector<std::string> above;  // the root is the first
    std::filesystem::path group = at.parent;
    while (exists((group = group.parent_path()).string() + "/cgroup.controllers"))
      above.insert(above.begin(), group.string());
    if (above.empty()) return;
    cgroup_dir handed;
    handed.controllers = also;
    handed.controllers.insert(ours.begin(), ours.end());
    handed.controllers =
        common(handed.controllers, words_in(above.front() + "/cgroup.controllers"));
    for (const auto& ancestor : above) enable(quiet, handed, ancestor);
    at.refusal = handed.refusal;
    at.controllers = also;
    detect_controllers(at);
  }

  void prepare_parent(cgroup_dir& at) const override {
    enable({"controllers"_id, "enables these limits below the root"}, at, at.parent);
  }

  void prepare_root(cgroup_dir& at) const override {
    const std::string limit = at.ours() + "/memory.max";
    if (at.ceiling_bytes != unlimited && number_in(limit) == unlimited)
      write_file(quiet, limit, max_or(at.ceiling_bytes));
    enable({"controllers.zoomin"_id, "and below zoomin"}, at, at.ours());
  }

  void prepare(const cgroup_dir&) const override {}

  void limit(const std::vector<cgroup_dir>& dirs, const limits& limits) const override {
    if (limits.memory_bytes) limit_memory(require(dirs, "memory", "--memory"), limits);
    if (limits.memory_reservation_bytes)
      write_file({"memory.reserved"_id, "reclaimed last below this"},
                 require(dirs, "memory", "--memory-reservation").file("memory.low"),
                 fmt::format("{}", *limits.memory_reservation_bytes));
    if (limits.cpu_quota_us)
      write_file({"cpu"_id, "CPU time in each 100 ms, in µs"},
                 require(dirs, "cpu", "--cpus").file("cpu.max"),
                 fmt::format("{} {}", max_or(*limits.cpu_quota_us), cpu_period_us));
    if (limits.cpu_weight)
      write_file({"weight"_id, "its share of busy processors"},
                 require(dirs, "cpu", "--cpu-weight").file("cpu.weight"),
                 fmt::format("{}", *limits.cpu_weight));
  }

  usage read(const std::vector<cgroup_dir>& dirs) const override {
    const auto& at = dirs.at(0);
    usage now;
    now.memory_bytes = number_in(at.file("memory.current")).value_or(0);
    now.inactive_file_bytes = number_in(at.file("memory.stat"), "inactive_file");
    now.memory_peak_bytes = number_in(at.file("memory.peak"));
    now.memory_limit_bytes = number_in(at.file("memory.max")).value_or(unlimited);
    now.cpu_time_us = number_in(at.file("cpu.stat"), "usage_usec");
    const auto quota = number_in(at.file("cpu.max"));
    if (quota && *quota != unlimited) now.cpu_quota_us = quota;
    now.cpu_periods = number_in(at.file("cpu.stat"), "nr_periods");
    now.throttled_us = number_in(at.file("cpu.stat"), "throttled_usec");
    now.pids = number_in(at.file("pids.current")).value_or(0);
    now.pids_limit = number_in(at.file("pids.max")).value_or(unlimited);
    return now;
  }

  events read_events(const std::vector<cgroup_dir>& dirs) const override {
    const auto& at = dirs.at(0);
    return {.oom_kills = number_in(at.file("memory.events"), "oom_kill"),
            .memory_limit = number_in(at.file("memory.events"), "max"),
            .pids_limit = number_in(at.file("pids.events"), "max")};
  }

  // The kernel reports each change in cgroup.events: cgroups(7).
  void freeze(const std::vector<cgroup_dir>& dirs, bool frozen) const override {
    const auto& at = dirs.at(0);
    const unique_fd events = sys::open(at.file("cgroup.events"), O_RDONLY);
    write_file({"freeze"_id, frozen ? "all processes stop" : "all processes go on"},
               at.file("cgroup.freeze"), frozen ? "1" : "0");
    while (frozen) {
      ::lseek(events.get(), 0, SEEK_SET);
      if (read_all(events.get(), "cgroup.events").find("frozen 1") != std::string::npos)
        return;
      pollfd change{events.get(), POLLPRI, 0};
      if (::poll(&change, 1, longest_freeze_ms) == 0)
        throw sys::error(EBUSY, "freeze", at.directory);
    }
  }

  bool populated(const std::string& directory) const override {
    return number_in(directory + "/cgroup.events", "populated") != 0;
  }

  void kill(const std::string& directory) const override {
    write_file({"kill"_id, "kills the remaining processes"}, directory + "/cgroup.kill",
               "1");
  }

 private:
  static void limit_memory(const cgroup_dir& at, const limits& limits) {
    const auto memory = *limits.memory_bytes;
    const std::string words = fmt::format("at most {}", size_text(memory));
    write_file({"memory"_id, words}, at.file("memory.max"), max_or(memory));
    // Version 2 counts swap separately from memory.
    const auto both = limits.memory_swap_bytes.value_or(memory);
    if (limits.memory_swap_bytes || exists(at.file("memory.swap.max")))
      write_file({"swap"_id, "swap beyond that"}, at.file("memory.swap.max"),
                 max_or(both == unlimited ? both : both - memory));
    if (limits.oom_ends_all)
      write_file({"oom.group"_id, "OOM kills all processes, not one"},
                 at.file("memory.oom.group"), "1");
  }
};

}  // namespace

const backend& version_2() {
  static const v2 instance;
  return instance;
}

}  // namespace zoomin::cgroup
