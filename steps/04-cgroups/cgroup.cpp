// SPDX-License-Identifier: MIT
// cgroup: the code for both versions, which makes, owns and removes the directories.
#include "04-cgroups/cgroup.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string_view>
#include <thread>

#include "04-cgroups/backend.hpp"
#include "04-cgroups/coordination/cleanup.hpp"
#include "04-cgroups/io.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

// Limits how often a group is made again if another program's clean-up has removed it.
constexpr int most_tries = 40;

// Returns the group's directory in each hierarchy in which `parent` exists.
std::vector<cgroup_dir> existing_dirs(const std::string& parent, const std::string& name,
                                      const std::set<std::string>& also) {
  std::vector<cgroup_dir> directories;
  for (const auto& hierarchy : hierarchies(also)) {
    cgroup_dir at;
    at.version = hierarchy.version;
    at.parent = hierarchy.mount_point;
    const auto begin = parent.find_first_not_of('/');
    if (begin != std::string::npos) at.parent += "/" + parent.substr(begin);
    at.directory = at.ours() + "/" + name;
    at.controllers = hierarchy.version == 2 ? also : hierarchy.controllers;
    if (is_group(at.parent)) directories.push_back(std::move(at));
  }
  for (auto& at : directories) version_of(at).detect_controllers(at);
  // The freezer must be first, since frozen processes don't die in version 1.
  std::stable_partition(directories.begin(), directories.end(), [](const cgroup_dir& at) {
    return at.controllers.contains("freezer");
  });
  return directories;
}

std::vector<cgroup_dir> dirs_below(const std::string& parent, const std::string& name,
                                   const std::set<std::string>& also = {}) {
  validate_parent(parent);
  auto directories = existing_dirs(parent, name, also);
  if (directories.empty() && parent.find_first_not_of('/') == std::string::npos)
    throw usage_error("can't reach the mounted cgroup hierarchies",
                      "another mount may cover /sys; see findmnt");
  if (directories.empty())
    throw usage_error(fmt::format("--cgroup-parent \"{}\": no such cgroup", parent),
                      "use a path from the root of the tree, such as user.slice");
  return directories;
}

// Sets the limits that are the same in both versions.
void limit_cpuset_and_pids(const std::vector<cgroup_dir>& dirs, const limits& limits) {
  if (limits.processors)
    write_file({"cpuset"_id, "only these processors"},
               require(dirs, "cpuset", "--cpuset-cpus").file("cpuset.cpus"),
               processors_text(*limits.processors));
  if (limits.memory_nodes)
    write_file({"cpuset.mems"_id, "only these memory nodes"},
               require(dirs, "cpuset", "--cpuset-mems").file("cpuset.mems"),
               processors_text(*limits.memory_nodes));
  if (!limits.pids || (limits.pids_where_possible && find(dirs, "pids") == nullptr))
    return;
  write_file({"pids"_id, "limit of processes and threads"},
             require(dirs, "pids", "--pids-limit").file("pids.max"),
             *limits.pids == unlimited ? "max" : fmt::format("{}", *limits.pids));
}

// Makes a group. Returns false if another program's clean-up holds its lock. With
// `again`, a group that an earlier attempt has made is used.
bool make_once(cgroup_dir& at, bool again) {
  const auto& version = version_of(at);
  version.prepare_parent(at);
  auto ours = open_if_exists(at.ours(), O_RDONLY | O_DIRECTORY);
  if (!ours) {
    make_directory({"zoomin"_id, "the parent of all our cgroups"}, at.ours());
    ours = sys::open(at.ours(), O_RDONLY | O_DIRECTORY);
  }
  version.prepare_root(at);
  lock(ours->get(), false);  // until lock_group(): see remove_all_stale()
  if (!again || !exists(at.directory)) mkdir({"group"_id, "a new cgroup"}, at.directory);
  return at.owned = lock_group(at);
}

void make_group(cgroup_dir& at) {
  for (int tries = 1; tries <= most_tries; ++tries) {
    try {
      if (make_once(at, tries > 1)) return version_of(at).prepare(at);
    } catch (const sys::error& failure) {
      const int number = failure.number();
      if (number == EEXIST && tries == 1) {  // its owner may have been killed
        remove_stale(at, at.directory);
        if (exists(at.directory))
          throw usage_error(fmt::format("the cgroup {} is in use", at.directory));
      }
      const bool removed = number == ENOENT || number == EEXIST;
      if (!removed || tries == most_tries) throw;
      require_reachable(at);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(tries, 10)));
  }
  throw usage_error(
      fmt::format("another process keeps removing the cgroup {}", at.directory));
}

constexpr std::string_view begin_of_part = "/zoomin.part-";

std::string part_of(const cgroup_dir& at, unsigned number) {
  return fmt::format("{}{}{}", at.directory, begin_of_part, number);
}

// Returns the hierarchy for parts. It has no cpuset controller of version 1, since such a
// group accepts no process before it has processors.
std::vector<cgroup_dir>::iterator tree_of_parts(std::vector<cgroup_dir>& dirs) {
  return std::ranges::find_if(dirs, [](const cgroup_dir& at) {
    return at.version == 2 || !at.controllers.contains("cpuset");
  });
}

void remove_empty_parts(const cgroup_dir& at) {
  for (const auto& below : groups_in(at.directory))
    if (below.starts_with(at.directory + std::string(begin_of_part)))
      remove_if_empty(at, below);
}

}  // namespace

void validate_parent(const std::string& parent) {
  if (("/" + parent + "/").find("/../") != std::string::npos)
    throw usage_error(
        fmt::format("--cgroup-parent \"{}\": must not contain '..'", parent));
}

group create(const std::string& name, const limits& limits, const std::string& parent) {
  return create(name, limits, create_options{.parent = parent});
}

group create(const std::string& name, const limits& limits,
             const create_options& options) {
  auto dirs = dirs_below(options.parent, name, options.also);
  for (auto& at : dirs) version_of(at).enable_ancestors(at, options.also);
  std::erase_if(dirs,
                [&](const cgroup_dir& at) { return !is_used(at.controllers, limits); });
  group made(name, {});
  for (auto& at : dirs) {
    at.ceiling_bytes = options.ceiling_bytes;
    try {
      make_group(at);
    } catch (...) {
      remove_ours(at);
      throw;
    }
    made.dirs_.push_back(std::move(at));
  }
  made.limit(limits);
  return made;
}

group open(const std::string& name, const std::string& parent) {
  auto dirs = dirs_below(parent, name, extra_controllers);
  std::erase_if(dirs, [](const cgroup_dir& at) { return !is_group(at.directory); });
  if (dirs.empty()) throw usage_error(fmt::format("there is no cgroup {}", name));
  for (auto& at : dirs)
    if (at.version == 2) at.fd = sys::open(at.directory, O_RDONLY | O_DIRECTORY);
  return {name, std::move(dirs)};
}

group open_part(const std::string& name, const std::string& parent, unsigned number) {
  group whole = open(name, parent);
  const auto at = tree_of_parts(whole.dirs_);
  if (at == whole.dirs_.end()) return whole;
  remove_empty_parts(*at);
  at->directory = part_of(*at, number);
  make_directory(quiet, at->directory);
  at->fd = sys::open(at->directory, O_RDONLY | O_DIRECTORY);
  return whole;
}

// Repeats until it finds no new process. A process to which SIGKILL was sent can't fork
// any more, fork(2), so then all have received it.
void kill_part(const std::string& name, const std::string& parent, unsigned number) {
  auto dirs = dirs_below(parent, name, extra_controllers);
  const auto at = tree_of_parts(dirs);
  if (at == dirs.end()) return;
  const std::string directory = part_of(*at, number);
  std::set<pid_t> met;
  for (std::size_t before = 0; is_group(directory); before = met.size()) {
    for (const pid_t pid : processes_in(directory)) met.insert(pid);
    if (met.size() == before) return;
    version_of(*at).kill(directory);
  }
}

void remove_left(const std::string& name, const std::string& parent) {
  for (const auto& at : existing_dirs(parent, name, extra_controllers))
    remove_stale(at, at.directory);
}

void clean_up() {
  for (const auto& all_hierarchy : all_hierarchies()) {
    cgroup_dir at;
    at.version = all_hierarchy.version;
    at.parent = all_hierarchy.mount_point;
    remove_all_stale(at);
  }
}

void enter() { unshare({"cgroup"_id, "its cgroup becomes its /"}, CLONE_NEWCGROUP); }

std::set<std::string> available(const std::string& parent) {
  std::set<std::string> result;
  for (const auto& at : dirs_below(parent, "")) result.merge(std::set(at.controllers));
  return result;
}

group::group(std::string name, std::vector<cgroup_dir> dirs)
    : name_(std::move(name)), dirs_(std::move(dirs)) {}

group::~group() {
  try {
    remove();
  } catch (const std::exception&) {
    // The next clean_up() removes it.
  }
}

std::vector<std::string> group::directories() const {
  std::vector<std::string> result;
  for (const auto& at : dirs_) result.push_back(at.directory);
  return result;
}

std::optional<std::string> group::directory_of(const std::string& controller) const {
  const cgroup_dir* at = find(dirs_, controller);
  return at == nullptr ? std::nullopt : std::optional(at->directory);
}

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
  if (fd() >= 0) return;
  for (const auto& at : dirs_)
    write_file({"add"_id, "joins the group before anything else"}, at.file("tasks"), "0");
}

void group::limit(const limits& limits) const {
  version_of(dirs_.at(0)).limit(dirs_, limits);
  limit_cpuset_and_pids(dirs_, limits);
  limit_io(dirs_, limits);
}

usage group::read() const {
  auto now = version_of(dirs_.at(0)).read(dirs_);
  read_io(dirs_, now);
  return now;
}

events group::read_events() const { return version_of(dirs_.at(0)).read_events(dirs_); }

std::vector<pid_t> group::processes() const {
  return processes_in(dirs_.at(0).directory);
}

void group::freeze(bool frozen) const { version_of(dirs_.at(0)).freeze(dirs_, frozen); }

void group::kill() const {
  for (const auto& at : dirs_) kill_all(at, at.directory);
}

void group::remove() {
  for (const auto& at : dirs_) {
    if (!at.owned) continue;
    if (!remove_empty(at.directory)) {
      kill_all(at, at.directory);
      remove_tree(at.directory);
    }
    remove_ours(at);
  }
  dirs_.clear();
}

}  // namespace zoomin::cgroup
