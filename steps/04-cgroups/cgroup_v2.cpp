// SPDX-License-Identifier: MIT
// cgroup version 2: one tree, and one directory a group. A controller works in a group
// only where every group above it has it in cgroup.subtree_control: cgroups(7). The files
// are described in the kernel's Documentation/admin-guide/cgroup-v2.rst.
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
constexpr int most_clearings = 10;  // processes may be born meanwhile
const std::set<std::string> ours{"cpu", "cpuset", "memory", "pids"};

std::set<std::string> common(const std::set<std::string>& one,
                             const std::set<std::string>& other) {
  std::set<std::string> both;
  std::ranges::set_intersection(one, other, std::inserter(both, both.end()));
  return both;
}

std::string max_or(std::uint64_t value) {
  return value == unlimited ? "max" : fmt::format("{}", value);
}

// Moves a process; one that has just ended needs no place.
void move(const std::string& pid, const std::string& group) {
  try {
    write_file(quiet, group + "/cgroup.procs", pid);
  } catch (const sys::error& failure) {
    if (failure.number() != ESRCH) throw;
  }
}

// Only the machine's real root has no cgroup.type, and may have processes and controllers
// for its children at once ("no internal processes").
std::string why_busy(const std::string& group) {
  return fmt::format(
      "can't be had below {}: that isn't the machine's own root, and has processes in it",
      group);
}

// In a container `group`, the root that can be seen, isn't the machine's. Moves what is
// in it into a group below, as dockerd does there, so that the root can hand controllers
// down. False where that can't be done.
bool clear(const std::string& group) {
  const auto above = std::filesystem::path(group).parent_path().string();
  if (exists(above + "/cgroup.controllers")) return false;
  const std::string below = group + "/init";
  try {
    make_directory(quiet, below);
    for (int tries = most_clearings; tries > 0; --tries) {
      const auto pids = words_in(group + "/cgroup.procs");
      if (pids.empty()) {
        narration::warn(
            fmt::format("the processes in {} are in {} from now on, so that "
                        "limits can be set below it",
                        group, below));
        return true;
      }
      for (const auto& pid : pids) move(pid, below);
    }
  } catch (const sys::error&) {
    // The processes stay where they are, and limits are refused.
  }
  return false;
}

// Switches on the controllers in `wanted` for the children of `group`, those that aren't.
void enable(const why& reason, cgroup_dir& at, const std::string& group) {
  const std::string file = group + "/cgroup.subtree_control";
  std::string missing;
  const auto enabled = words_in(file);
  for (const auto& one : at.controllers)
    if (!enabled.contains(one)) missing += (missing.empty() ? "+" : " +") + one;
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

class second : public backend {
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
    for (const auto& one : above) enable(quiet, handed, one);
    at.refusal = handed.refusal;
    at.controllers = also;
    detect_controllers(at);
  }

  void prepare_parent(cgroup_dir& at) const override {
    enable({"controllers"_id, "what can be limited below the root"}, at, at.parent);
  }

  void prepare_root(cgroup_dir& at) const override {
    const std::string limit = at.ours() + "/memory.max";
    if (at.ceiling_bytes != unlimited && number_in(limit) == unlimited)
      write_file(quiet, limit, max_or(at.ceiling_bytes));
    enable({"controllers.zoomin"_id, "and below that"}, at, at.ours());
  }

  void prepare(const cgroup_dir&) const override {}

  void limit(const std::vector<cgroup_dir>& places, const limits& wanted) const override {
    if (wanted.memory_bytes) limit_memory(require(places, "memory", "--memory"), wanted);
    if (wanted.memory_reservation_bytes)
      write_file({"memory.reserved"_id, "memory that it keeps longest"},
                 require(places, "memory", "--memory-reservation").file("memory.low"),
                 fmt::format("{}", *wanted.memory_reservation_bytes));
    if (wanted.cpu_quota_us)
      write_file({"cpu"_id, "so much time in each 100 ms (both in µs)"},
                 require(places, "cpu", "--cpus").file("cpu.max"),
                 fmt::format("{} {}", max_or(*wanted.cpu_quota_us), cpu_period_us));
    if (wanted.cpu_weight)
      write_file({"weight"_id, "its share where processors are scarce"},
                 require(places, "cpu", "--cpu-weight").file("cpu.weight"),
                 fmt::format("{}", *wanted.cpu_weight));
  }

  usage read(const std::vector<cgroup_dir>& places) const override {
    const auto& at = places.at(0);
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

  events read_events(const std::vector<cgroup_dir>& places) const override {
    const auto& at = places.at(0);
    return {.oom_kills = number_in(at.file("memory.events"), "oom_kill"),
            .memory_limit = number_in(at.file("memory.events"), "max"),
            .pids_limit = number_in(at.file("pids.events"), "max")};
  }

  // The kernel tells of each change in cgroup.events: cgroups(7).
  void freeze(const std::vector<cgroup_dir>& places, bool wanted) const override {
    const auto& at = places.at(0);
    const unique_fd events = sys::open(at.file("cgroup.events"), O_RDONLY);
    write_file({"freeze"_id, wanted ? "all of it stops" : "it goes on"},
               at.file("cgroup.freeze"), wanted ? "1" : "0");
    while (wanted) {
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
    write_file({"kill"_id, "ends all that is left in it"}, directory + "/cgroup.kill",
               "1");
  }

 private:
  static void limit_memory(const cgroup_dir& at, const limits& wanted) {
    const auto memory = *wanted.memory_bytes;
    const std::string words = fmt::format("at most {}", size_text(memory));
    write_file({"memory"_id, words}, at.file("memory.max"), max_or(memory));
    // Counted apart from memory here.
    const auto both = wanted.memory_swap_bytes.value_or(memory);
    if (wanted.memory_swap_bytes || exists(at.file("memory.swap.max")))
      write_file({"swap"_id, "swap beyond that"}, at.file("memory.swap.max"),
                 max_or(both == unlimited ? both : both - memory));
    if (wanted.oom_ends_all)
      write_file({"oom.group"_id, "over the limit all of it ends, not one process"},
                 at.file("memory.oom.group"), "1");
  }
};

}  // namespace

const backend& version_2() {
  static const second one;
  return one;
}

}  // namespace zoomin::cgroup
