// SPDX-License-Identifier: MIT
// cgroup: each function shows the requests of version 2, in which a group is one
// directory. Its files are described in the kernel's Documentation/admin-guide/
// cgroup-v2.rst. Those of version 1 are in v1.cpp.
#include "04-cgroups/cgroup.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>

#include "04-cgroups/group_files.hpp"
#include "04-cgroups/v1.hpp"
#include "common/brief.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

const narration::shared_line about_joining("add", "cgroup", "its group, seen as its /");
const narration::shared_line about_end("release", "remove", "undo network, group");

constexpr auto longest_death = std::chrono::seconds(5);

bool is_version_1(const std::vector<cgroup_dir>& dirs) { return dirs.at(0).version == 1; }

std::string max_or(std::uint64_t value) {
  return value == unlimited ? "max" : fmt::format("{}", value);
}

std::set<std::string> common(const std::set<std::string>& left,
                             const std::set<std::string>& right) {
  std::set<std::string> both;
  std::ranges::set_intersection(left, right, std::inserter(both, both.end()));
  return both;
}

// Only the machine's real root cgroup, which has no cgroup.type, may have processes and
// enable controllers for its children as well ("no internal processes").
std::string why_busy(const std::string& group) {
  return fmt::format(
      "can't be enabled below {}: it isn't the machine's root cgroup, and has processes",
      group);
}

// Version 2 counts swap separately from memory.
void limit_memory(const cgroup_dir& at, const limits& limits) {
  // Task 4.2 begins, on version 2.
  const auto memory = *limits.memory_bytes;
  const auto both = limits.memory_swap_bytes.value_or(memory);
  write_file({"memory"_id, "", "at most " + size_text(memory)}, at.file("memory.max"),
             max_or(memory));
  if (limits.memory_swap_bytes || exists(at.file("memory.swap.max")))
    write_file({"memory.swap"_id, "", fmt::format("with swap {}", size_text(both))},
               at.file("memory.swap.max"),
               max_or(both == unlimited ? both : both - memory));
  if (limits.oom_kills_all)
    write_file({"memory.oom"_id, "OOM kills all processes, not one"},
               at.file("memory.oom.group"), "1");
  // Task 4.2 ends.
}

void limit_pids(const std::vector<cgroup_dir>& dirs, const limits& limits) {
  if (limits.pids_where_possible && find(dirs, "pids") == nullptr) return;
  // Task 4.2 begins.
  write_file({"pids"_id, "",
              fmt::format("at most {} processes and threads", max_or(*limits.pids))},
             require(dirs, "pids", "--pids-limit").file("pids.max"),
             max_or(*limits.pids));
  // Task 4.2 ends.
}

// Removes a directory. Returns false if it is busy.
bool remove_directory(const why& reason, const std::string& directory) try {
  rmdir(reason, directory);
  return true;
} catch (const sys::error& failure) {
  return failure.number() == ENOENT;
}

}  // namespace

// --- mkdir ---

// A controller works in a group only if all groups above it have it in their
// cgroup.subtree_control: cgroups(7).
bool enable(const why& reason, cgroup_dir& at, const std::string& group) {
  const std::string file = group + "/cgroup.subtree_control";
  // Task 4.1 begins, on version 2; the rest needs: const std::string missing;
  std::string missing;
  const auto enabled = words_in(file);
  for (const auto& name : at.controllers)
    if (!enabled.contains(name)) missing += (missing.empty() ? "+" : " +") + name;
  if (missing.empty()) return true;
  // Task 4.1 ends.
  try {
    write_file(reason, file, missing);
    return true;
  } catch (const sys::error& failure) {
    if (failure.number() == ENOENT && !exists(file)) throw;
    if (failure.number() == EBUSY) at.refusal = why_busy(group);
    at.controllers = common(at.controllers, words_in(file));
    return failure.number() != EBUSY;
  }
}

bool make_parent(cgroup_dir& at) {
  bool free = true;
  if (at.version == 2)
    free = enable({"group.controllers"_id, "enables these limits below the root"}, at,
                  at.parent);
  if (!exists(at.zoomin_group()))
    make_directory({"group.zoomin"_id, "the parent of all our cgroups"},
                   at.zoomin_group());
  if (at.version == 1)
    v1::inherit_cpuset({"group.cpuset-zoomin"_id, "a new cpuset group is empty"}, at,
                       at.parent, at.zoomin_group());
  else
    enable({"group.controllers-zoomin"_id, "and below zoomin"}, at, at.zoomin_group());
  return free;
}

void make(const cgroup_dir& at) {
  // Task 4.1 begins.
  mkdir({"group"_id, "a new cgroup", at.tree()}, at.directory);
  // Task 4.1 ends.
  if (at.version == 1)
    v1::inherit_cpuset({"group.cpuset"_id, "no process can join without both"}, at,
                       at.zoomin_group(), at.directory);
}

group::group(std::string name, std::vector<cgroup_dir> dirs)
    : name_(std::move(name)), dirs_(std::move(dirs)) {}

std::vector<std::string> group::directories() const {
  std::vector<std::string> result;
  for (const auto& at : dirs_) result.push_back(at.directory);
  return result;
}

// --- limits ---

void group::limit(const limits& limits) const {
  if (is_version_1(dirs_)) {
    v1::limit_memory_and_cpu(dirs_, limits);
  } else {
    if (limits.memory_bytes) limit_memory(require(dirs_, "memory", "--memory"), limits);
    if (limits.cpu_quota_us) {
      // Task 4.2 begins, on version 2.
      write_file({"cpu"_id, "", quota_text(*limits.cpu_quota_us)},
                 require(dirs_, "cpu", "--cpus").file("cpu.max"),
                 fmt::format("{} {}", max_or(*limits.cpu_quota_us), cpu_period_us));
      // Task 4.2 ends.
    }
  }
  if (limits.processors)
    write_file(
        {"cpuset"_id, "only these processors", processors_text(*limits.processors)},
        require(dirs_, "cpuset", "--cpuset-cpus").file("cpuset.cpus"),
        processors_text(*limits.processors));
  if (limits.pids) limit_pids(dirs_, limits);
}

// --- processes ---

int group::fd() const {
  return dirs_.size() == 1 && dirs_[0].version == 2 ? dirs_[0].fd.get() : -1;
}

void group::add(pid_t pid) const {
  for (const auto& at : dirs_)
    write_file(quiet, at.file("cgroup.procs"), fmt::format("{}", pid));
}

// Moves the only thread of the process, which is done at once. To move a process, the
// kernel would first wait for forks in progress, for an RCU grace period of 10 ms or
// more: cgroup_procs_write_start.
void group::join() const {
  // Task 4.1 begins, on version 1.
  if (fd() >= 0) return;
  for (const auto& at : dirs_)
    write_file({"add"_id, "joins its group", at.tree()}, at.file("tasks"), "0");
  // Task 4.1 ends.
}

void enter() {
  // Task 4.1 begins.
  unshare({"cgroup"_id, "its cgroup becomes its /"}, CLONE_NEWCGROUP);
  // Task 4.1 ends.
}

// --- usage ---

usage group::read() const { return read_usage(dirs_); }
events group::read_events() const { return cgroup::read_events(dirs_); }

// --- the end ---

bool has_processes(const cgroup_dir& at, const std::string& directory) {
  // Task 4.4 begins.
  if (at.version == 1) return !processes_in(directory).empty();
  return number_in(directory + "/cgroup.events", "populated") != 0;
  // Task 4.4 ends.
}

void send_kill(const cgroup_dir& at, const std::string& directory) {
  if (at.version == 1) return v1::send_kill(directory);
  // Task 4.4 begins, on version 2.
  write_file({"kill"_id, "kills the remaining processes"}, directory + "/cgroup.kill",
             "1");
  // Task 4.4 ends.
}

void kill_all(const cgroup_dir& at, const std::string& directory) {
  // Task 4.4 begins.
  const auto deadline = std::chrono::steady_clock::now() + longest_death;
  while (has_processes(at, directory) && std::chrono::steady_clock::now() < deadline) {
    send_kill(at, directory);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  // Task 4.4 ends.
}

bool remove_tree(const std::string& directory) {
  // Task 4.4 begins.
  for (const auto& below : groups_in(directory)) remove_tree(below);
  return remove_directory({"remove"_id, "remove the group"}, directory);
  // Task 4.4 ends.
}

// If another program starts a container at the same time, its mkdir fails with ENOENT,
// and it makes the directory again.
void remove_parent(const cgroup_dir& at) {
  if (exists(at.zoomin_group()) && !has_groups(at.zoomin_group()))
    remove_directory({"remove.zoomin"_id, "it was the last group"}, at.zoomin_group());
}

void group::kill() const {
  for (const auto& at : dirs_) kill_all(at, at.directory);
}

void group::remove() {
  for (const auto& at : dirs_) {
    if (!at.owned) continue;
    if (!remove_directory({"remove"_id, "remove the group", at.tree()}, at.directory)) {
      kill_all(at, at.directory);
      remove_tree(at.directory);
    }
    remove_parent(at);
  }
  dirs_.clear();
}

group::~group() {
  try {
    remove();
  } catch (const std::exception&) {
    // The next clean_up() removes it.
  }
}

}  // namespace zoomin::cgroup
