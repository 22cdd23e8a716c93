// SPDX-License-Identifier: MIT
#include "04-cgroups/coordination/create.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "04-cgroups/coordination/cleanup.hpp"
#include "04-cgroups/coordination/delegation.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

// Limits how often a group is made again if another program's clean-up has removed it.
constexpr int max_tries = 40;

void make_parent_or_evacuate(cgroup_dir& at) {
  const auto controllers = at.controllers;
  if (make_parent(at) || !evacuate(at.parent)) return;
  at.controllers = controllers;
  at.refusal.clear();
  make_parent(at);
}

// Makes a group. Returns false if another program's clean-up holds its lock. With
// `again`, a group that an earlier attempt has made is used.
bool make_once(cgroup_dir& at, bool again) {
  make_parent_or_evacuate(at);
  const auto parent = sys::open(at.zoomin_group(), O_RDONLY | O_DIRECTORY);
  lock(parent.get(), false);  // until lock_group(): see cleanup.cpp
  if (!again || !exists(at.directory)) make(at);
  return at.owned = lock_group(at);
}

void remove_if_stale(const cgroup_dir& at) {
  remove_stale(at, at.directory);
  if (exists(at.directory))
    throw usage_error(fmt::format("the cgroup {} is in use", at.directory));
}

void claim(cgroup_dir& at) {
  for (int tries = 1; tries <= max_tries; ++tries) {
    try {
      if (make_once(at, tries > 1)) return;
    } catch (const sys::error& failure) {
      const int number = failure.number();
      if (number == EEXIST && tries == 1) remove_if_stale(at);
      const bool removed = number == ENOENT || number == EEXIST;
      if (!removed || tries == max_tries) throw;
      require_reachable(at);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(tries, 10)));
  }
  throw usage_error(
      fmt::format("another process keeps removing the cgroup {}", at.directory));
}

}  // namespace

group create(const std::string& name, const limits& limits, const std::string& parent,
             const std::set<std::string>& also) {
  auto dirs = dirs_below(parent, name, also);
  for (auto& at : dirs) enable_ancestors(at, also);
  const bool needs_cpuset = limits.processors || also.contains("cpuset");
  std::erase_if(
      dirs, [&](const cgroup_dir& at) { return !is_used(at.controllers, needs_cpuset); });
  group made(name, {});
  for (auto& at : dirs) {
    try {
      claim(at);
    } catch (...) {
      remove_parent(at);
      throw;
    }
    made.add_directory(std::move(at));
  }
  made.limit(limits);
  return made;
}

}  // namespace zoomin::cgroup
