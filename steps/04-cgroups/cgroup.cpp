// SPDX-License-Identifier: MIT
// What both versions have in common: directories, their owners, and their end.
#include "04-cgroups/cgroup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>

#include <chrono>
#include <thread>

#include "04-cgroups/versions.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

// How often a group is made again that another run's clean-up took away meanwhile.
constexpr int most_tries = 8;
constexpr auto longest_death = std::chrono::seconds(5);

bool is_group(const std::string& directory) {
  return exists(directory + "/cgroup.procs");
}

std::vector<std::string> groups_in(const std::string& directory) {
  std::vector<std::string> all;
  if (!is_group(directory)) return all;
  for (const auto& name : list_directory(directory))
    if (is_group(directory + "/" + name)) all.push_back(directory + "/" + name);
  return all;
}

std::vector<place> places_below(const std::string& parent, const std::string& name) {
  if (("/" + parent + "/").find("/../") != std::string::npos)
    throw usage_error(
        fmt::format("--cgroup-parent \"{}\": '..' leads elsewhere", parent));
  std::vector<place> all;
  for (const auto& one : hierarchies()) {
    place at;
    at.version = one.version;
    at.parent = one.mount_point;
    const auto begin = parent.find_first_not_of('/');
    if (begin != std::string::npos) at.parent += "/" + parent.substr(begin);
    at.directory = at.ours() + "/" + name;
    at.controllers = one.controllers;
    if (is_group(at.parent)) all.push_back(std::move(at));
  }
  if (all.empty())
    throw usage_error(fmt::format("--cgroup-parent \"{}\": no such cgroup", parent),
                      "its path from the root of the tree, such as user.slice");
  for (auto& at : all) version_of(at).survey(at);
  return all;
}

// Of version 1's hierarchies only those that count, or that `wanted` needs.
std::vector<place> used_by(std::vector<place> all, const limits& wanted) {
  std::erase_if(all, [&](const place& at) {
    return at.controllers == std::set<std::string>{"cpuset"} && !wanted.processors;
  });
  return all;
}

void kill_all(const place& at, const std::string& directory) {
  const auto& version = version_of(at);
  const auto deadline = std::chrono::steady_clock::now() + longest_death;
  while (version.populated(directory) && std::chrono::steady_clock::now() < deadline) {
    version.kill(directory);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

// A group and those that the container made in it, deepest first. False where one is
// busy.
bool remove_tree(const std::string& directory) {
  for (const auto& below : groups_in(directory)) remove_tree(below);
  try {
    rmdir({"remove"_id, "the group goes"}, directory);
  } catch (const sys::error& failure) {
    return failure.number() == ENOENT;
  }
  return true;
}

// The last one out; a start that comes between fails with ENOENT and makes it again.
void remove_ours(const place& at) {
  if (!is_group(at.ours()) || !groups_in(at.ours()).empty()) return;
  const auto text = [&] { return fmt::format("rmdir({})", quoted(at.ours())); };
  attempt({"remove.zoomin"_id, "the last one out"}, text,
          [&] { return ::rmdir(at.ours().c_str()); });
}

// Groups whose owner was killed: the kernel freed their lock. One that is being made and
// isn't locked yet is empty, and its maker finds out (make_group).
void remove_stale(const place& at) {
  for (const auto& directory : groups_in(at.ours())) {
    const auto fd = open_if_exists(directory, O_RDONLY | O_DIRECTORY);
    if (!fd || !try_lock(fd->get())) continue;
    kill_all(at, directory);
    remove_tree(directory);
    remove_ours(at);
  }
}

// Locked, and still there.
bool own(place& at) {
  auto fd = open_if_exists(at.directory, O_RDONLY | O_DIRECTORY);
  if (!fd || !try_lock(fd->get())) return false;
  if (!exists(fmt::format("/proc/self/fd/{}/cgroup.procs", fd->get()))) return false;
  at.fd = std::move(*fd);
  return at.owned = true;
}

bool make_once(place& at) {
  const auto& version = version_of(at);
  version.prepare_parent(at);
  if (!exists(at.ours()))
    make_directory({"zoomin"_id, "the place for our groups"}, at.ours());
  version.prepare_ours(at);
  mkdir({"group"_id, "a new cgroup"}, at.directory);
  return own(at);
}

void make_group(place& at) {
  for (int tries = 1; tries <= most_tries; ++tries) {
    try {
      if (make_once(at)) return version_of(at).prepare(at);
    } catch (const sys::error& failure) {
      const int number = failure.number();
      if (number == EEXIST && tries == 1)
        throw usage_error(fmt::format("the cgroup {} is in use", at.directory));
      const bool taken_away = number == ENOENT || number == EEXIST;
      if (!taken_away || tries == most_tries) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(tries));
  }
  throw usage_error(
      fmt::format("the cgroup {} was taken away again and again", at.directory));
}

}  // namespace

group create(const std::string& name, const limits& wanted, const std::string& parent) {
  auto places = places_below(parent, name);
  for (const auto& at : places) remove_stale(at);
  places = used_by(std::move(places), wanted);
  group made(name, {});
  for (auto& at : places) {
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
  auto places = places_below(parent, name);
  std::erase_if(places, [](const place& at) { return !is_group(at.directory); });
  if (places.empty()) throw usage_error(fmt::format("there is no cgroup {}", name));
  for (auto& at : places) at.fd = sys::open(at.directory, O_RDONLY | O_DIRECTORY);
  return {name, std::move(places)};
}

void enter() {
  unshare({"cgroup"_id, "its cgroup is its / from here on"}, CLONE_NEWCGROUP);
}

std::set<std::string> available(const std::string& parent) {
  std::set<std::string> all;
  for (const auto& at : places_below(parent, "")) all.merge(std::set(at.controllers));
  return all;
}

std::set<unsigned> processors() {
  cpu_set_t allowed;
  check("sched_getaffinity", "",
        [&] { return ::sched_getaffinity(0, sizeof allowed, &allowed); });
  std::set<unsigned> all;
  for (unsigned one = 0; one < CPU_SETSIZE; ++one)
    if (CPU_ISSET(one, &allowed)) all.insert(one);
  return all;
}

group::group(std::string name, std::vector<place> places)
    : name_(std::move(name)), places_(std::move(places)) {}

group::~group() {
  try {
    remove();
  } catch (const std::exception&) {
    // The next run finds its lock free, and removes it.
  }
}

std::vector<std::string> group::directories() const {
  std::vector<std::string> all;
  for (const auto& at : places_) all.push_back(at.directory);
  return all;
}

int group::fd() const {
  return places_.size() == 1 && places_[0].version == 2 ? places_[0].fd.get() : -1;
}

void group::add(pid_t pid) const {
  for (const auto& at : places_)
    write_file({"add"_id, "the child moves in, still at its gate"},
               at.file("cgroup.procs"), fmt::format("{}", pid));
}

void group::limit(const limits& wanted) const {
  version_of(places_.at(0)).limit(places_, wanted);
}

usage group::read() const { return version_of(places_.at(0)).read(places_); }

events group::happened() const { return version_of(places_.at(0)).happened(places_); }

void group::kill() const {
  for (const auto& at : places_) kill_all(at, at.directory);
}

void group::remove() {
  for (const auto& at : places_) {
    if (!at.owned || !is_group(at.directory)) continue;
    kill_all(at, at.directory);
    remove_tree(at.directory);
    remove_ours(at);
  }
  places_.clear();
}

}  // namespace zoomin::cgroup
