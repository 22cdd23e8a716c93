// SPDX-License-Identifier: MIT
// What both versions have in common: directories, their owners, and their end.
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

// How often a group is made again that another run's clean-up took away meanwhile.
constexpr int most_tries = 40;

// None where there is no such parent.
std::vector<cgroup_dir> places_if_any(const std::string& parent, const std::string& name,
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
  // First, since nothing that is frozen dies in version 1.
  std::stable_partition(directories.begin(), directories.end(), [](const cgroup_dir& at) {
    return at.controllers.contains("freezer");
  });
  return directories;
}

std::vector<cgroup_dir> places_below(const std::string& parent, const std::string& name,
                                     const std::set<std::string>& also = {}) {
  validate_parent(parent);
  auto directories = places_if_any(parent, name, also);
  if (directories.empty() && parent.find_first_not_of('/') == std::string::npos)
    throw usage_error("the cgroup hierarchies that are mounted can't be reached",
                      "something else may be mounted over /sys: findmnt shows that");
  if (directories.empty())
    throw usage_error(fmt::format("--cgroup-parent \"{}\": no such cgroup", parent),
                      "its path from the root of the tree, such as user.slice");
  return directories;
}

// In both versions the same.
void limit_places_and_pids(const std::vector<cgroup_dir>& places, const limits& wanted) {
  if (wanted.processors)
    write_file({"cpuset"_id, "on these processors only"},
               require(places, "cpuset", "--cpuset-cpus").file("cpuset.cpus"),
               processors_text(*wanted.processors));
  if (wanted.memory_nodes)
    write_file({"cpuset.mems"_id, "from these memory nodes only"},
               require(places, "cpuset", "--cpuset-mems").file("cpuset.mems"),
               processors_text(*wanted.memory_nodes));
  if (!wanted.pids || (wanted.pids_where_possible && find(places, "pids") == nullptr))
    return;
  write_file({"pids"_id, "at most so many processes and threads"},
             require(places, "pids", "--pids-limit").file("pids.max"),
             *wanted.pids == unlimited ? "max" : fmt::format("{}", *wanted.pids));
}

// `again`: what an earlier try made may still be there; another's clean-up had its lock.
bool make_once(cgroup_dir& at, bool again) {
  const auto& version = version_of(at);
  version.prepare_parent(at);
  auto ours = open_if_exists(at.ours(), O_RDONLY | O_DIRECTORY);
  if (!ours) {
    make_directory({"zoomin"_id, "the place for our groups"}, at.ours());
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
      if (number == EEXIST && tries == 1) {  // an owner's that was killed, perhaps
        remove_stale(at, at.directory);
        if (exists(at.directory))
          throw usage_error(fmt::format("the cgroup {} is in use", at.directory));
      }
      const bool taken_away = number == ENOENT || number == EEXIST;
      if (!taken_away || tries == most_tries) throw;
      require_in_sight(at);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(tries, 10)));
  }
  throw usage_error(
      fmt::format("the cgroup {} was taken away again and again", at.directory));
}

constexpr std::string_view begin_of_part = "/zoomin.part-";

std::string part_of(const cgroup_dir& at, unsigned number) {
  return fmt::format("{}{}{}", at.directory, begin_of_part, number);
}

// A group of cpuset's takes no process before it has processors; no part is made there.
std::vector<cgroup_dir>::iterator tree_of_parts(std::vector<cgroup_dir>& places) {
  return std::ranges::find_if(places, [](const cgroup_dir& at) {
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
        fmt::format("--cgroup-parent \"{}\": '..' leads elsewhere", parent));
}

group create(const std::string& name, const limits& wanted, const std::string& parent) {
  return create(name, wanted, create_options{.parent = parent});
}

group create(const std::string& name, const limits& wanted, const create_options& its) {
  auto places = places_below(its.parent, name, its.also);
  for (auto& at : places) version_of(at).enable_ancestors(at, its.also);
  std::erase_if(places,
                [&](const cgroup_dir& at) { return !is_used(at.controllers, wanted); });
  group made(name, {});
  for (auto& at : places) {
    at.ceiling_bytes = its.ceiling_bytes;
    try {
      make_group(at);
    } catch (...) {
      remove_ours(at);
      throw;
    }
    made.places_.push_back(std::move(at));
  }
  made.limit(wanted);
  return made;
}

group open(const std::string& name, const std::string& parent) {
  auto places = places_below(parent, name, extra_controllers);
  std::erase_if(places, [](const cgroup_dir& at) { return !is_group(at.directory); });
  if (places.empty()) throw usage_error(fmt::format("there is no cgroup {}", name));
  for (auto& at : places)
    if (at.version == 2) at.fd = sys::open(at.directory, O_RDONLY | O_DIRECTORY);
  return {name, std::move(places)};
}

group open_part(const std::string& name, const std::string& parent, unsigned number) {
  group whole = open(name, parent);
  const auto at = tree_of_parts(whole.places_);
  if (at == whole.places_.end()) return whole;
  remove_empty_parts(*at);
  at->directory = part_of(*at, number);
  make_directory(quiet, at->directory);
  at->fd = sys::open(at->directory, O_RDONLY | O_DIRECTORY);
  return whole;
}

// A process to which SIGKILL was sent forks no more, fork(2): once a look finds nobody
// new, nobody is left out.
void kill_part(const std::string& name, const std::string& parent, unsigned number) {
  auto places = places_below(parent, name, extra_controllers);
  const auto at = tree_of_parts(places);
  if (at == places.end()) return;
  const std::string directory = part_of(*at, number);
  std::set<pid_t> met;
  for (std::size_t before = 0; is_group(directory); before = met.size()) {
    for (const pid_t pid : processes_in(directory)) met.insert(pid);
    if (met.size() == before) return;
    version_of(*at).kill(directory);
  }
}

void remove_left(const std::string& name, const std::string& parent) {
  for (const auto& at : places_if_any(parent, name, extra_controllers))
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

void enter() {
  unshare({"cgroup"_id, "its cgroup is its / from here on"}, CLONE_NEWCGROUP);
}

std::set<std::string> available(const std::string& parent) {
  std::set<std::string> result;
  for (const auto& at : places_below(parent, "")) result.merge(std::set(at.controllers));
  return result;
}

group::group(std::string name, std::vector<cgroup_dir> places)
    : name_(std::move(name)), places_(std::move(places)) {}

group::~group() {
  try {
    remove();
  } catch (const std::exception&) {
    // The next run finds its lock free, and removes it.
  }
}

std::vector<std::string> group::directories() const {
  std::vector<std::string> result;
  for (const auto& at : places_) result.push_back(at.directory);
  return result;
}

std::optional<std::string> group::directory_of(const std::string& controller) const {
  const cgroup_dir* at = find(places_, controller);
  return at == nullptr ? std::nullopt : std::optional(at->directory);
}

int group::fd() const {
  return places_.size() == 1 && places_[0].version == 2 ? places_[0].fd.get() : -1;
}

void group::add(pid_t pid) const {
  for (const auto& at : places_)
    write_file(quiet, at.file("cgroup.procs"), fmt::format("{}", pid));
}

// Moves the process in by its one thread, which moves at once. A whole process would
// first wait until none is just being forked, for an RCU grace period of 10 ms and more:
// cgroup_procs_write_start.
void group::join() const {
  if (fd() >= 0) return;
  for (const auto& at : places_)
    write_file({"add"_id, "it moves in, before anything else"}, at.file("tasks"), "0");
}

void group::limit(const limits& wanted) const {
  version_of(places_.at(0)).limit(places_, wanted);
  limit_places_and_pids(places_, wanted);
  limit_io(places_, wanted);
}

usage group::read() const {
  auto now = version_of(places_.at(0)).read(places_);
  read_io(places_, now);
  return now;
}

events group::read_events() const {
  return version_of(places_.at(0)).read_events(places_);
}

std::vector<pid_t> group::processes() const {
  return processes_in(places_.at(0).directory);
}

void group::freeze(bool wanted) const {
  version_of(places_.at(0)).freeze(places_, wanted);
}

void group::kill() const {
  for (const auto& at : places_) kill_all(at, at.directory);
}

void group::remove() {
  for (const auto& at : places_) {
    if (!at.owned) continue;
    if (!remove_empty(at.directory)) {
      kill_all(at, at.directory);
      remove_tree(at.directory);
    }
    remove_ours(at);
  }
  places_.clear();
}

}  // namespace zoomin::cgroup
