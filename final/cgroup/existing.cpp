// SPDX-License-Identifier: MIT
#include "cgroup/existing.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "04-cgroups/coordination/cleanup.hpp"
#include "cgroup/resources.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

constexpr std::string_view begin_of_part = "/zoomin.part-";

std::string part_of(const cgroup_dir& at, unsigned number) {
  return fmt::format("{}{}{}", at.directory, begin_of_part, number);
}

std::vector<cgroup_dir> open_dirs(const std::string& name, const std::string& parent) {
  auto dirs = dirs_below(parent, name, extra_controllers);
  std::erase_if(dirs, [](const cgroup_dir& at) { return !is_group(at.directory); });
  if (dirs.empty()) throw usage_error(fmt::format("there is no cgroup {}", name));
  for (auto& at : dirs)
    if (at.version == 2) at.fd = sys::open(at.directory, O_RDONLY | O_DIRECTORY);
  return dirs;
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

group open(const std::string& name, const std::string& parent) {
  return {name, open_dirs(name, parent)};
}

group open_part(const std::string& name, const std::string& parent, unsigned number) {
  auto dirs = open_dirs(name, parent);
  if (const auto at = tree_of_parts(dirs); at != dirs.end()) {
    remove_empty_parts(*at);
    at->directory = part_of(*at, number);
    make_directory(quiet, at->directory);
    at->fd = sys::open(at->directory, O_RDONLY | O_DIRECTORY);
  }
  return {name, std::move(dirs)};
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
    send_kill(*at, directory);
  }
}

void remove_left(const std::string& name, const std::string& parent) {
  for (const auto& at : existing_dirs(parent, name, extra_controllers))
    remove_stale(at, at.directory);
}

}  // namespace zoomin::cgroup
