// SPDX-License-Identifier: MIT
#include "cgroup/existing.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "04-cgroups/coordination/cleanup.hpp"
#include "04-cgroups/group_files.hpp"
#include "cgroup/resources.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

constexpr std::string_view part_prefix = "/zoomin.part-";

std::string part_of(const cgroup_dir& at, unsigned number) {
  return fmt::format("{}{}{}", at.directory, part_prefix, number);
}

std::vector<cgroup_dir> open_dirs(const std::string& name, const std::string& parent) {
  auto dirs = dirs_below(parent, name, extra_controllers);
  std::erase_if(dirs, [](const cgroup_dir& at) { return !is_group(at.directory); });
  if (dirs.empty()) throw usage_error(fmt::format("there is no cgroup {}", name));
  for (auto& at : dirs)
    if (at.version == 2) at.fd = sys::open(at.directory, O_RDONLY | O_DIRECTORY);
  return dirs;
}

// Returns the directory of the hierarchy that has the parts. It can't be version 1's
// cpuset hierarchy, in which a new group accepts no process until its processors are set.
std::vector<cgroup_dir>::iterator find_tree_of_parts(std::vector<cgroup_dir>& dirs) {
  return std::ranges::find_if(dirs, [](const cgroup_dir& at) {
    return at.version == 2 || !at.controllers.contains("cpuset");
  });
}

void remove_empty_parts(const cgroup_dir& at) {
  for (const auto& below : groups_in(at.directory))
    if (below.starts_with(at.directory + std::string(part_prefix)))
      remove_if_empty(at, below);
}

}  // namespace

group open(const std::string& name, const std::string& parent) {
  return {name, open_dirs(name, parent)};
}

group open_part(const std::string& name, const std::string& parent, unsigned number) {
  auto dirs = open_dirs(name, parent);
  if (const auto at = find_tree_of_parts(dirs); at != dirs.end()) {
    remove_empty_parts(*at);
    at->directory = part_of(*at, number);
    make_directory(quiet, at->directory);
    at->fd = sys::open(at->directory, O_RDONLY | O_DIRECTORY);
  }
  return {name, std::move(dirs)};
}

// Repeats until it finds no new process. A process to which SIGKILL was sent can't fork
// any more, so then all processes have received the signal.
void kill_part(const std::string& name, const std::string& parent, unsigned number) {
  auto dirs = dirs_below(parent, name, extra_controllers);
  const auto at = find_tree_of_parts(dirs);
  if (at == dirs.end()) return;
  const std::string directory = part_of(*at, number);
  std::set<pid_t> seen;
  for (std::size_t before = 0; is_group(directory); before = seen.size()) {
    for (const pid_t pid : processes_in(directory)) seen.insert(pid);
    if (seen.size() == before) return;
    send_kill(*at, directory);
  }
}

void remove_leftover(const std::string& name, const std::string& parent) {
  for (const auto& at : existing_dirs(parent, name, extra_controllers))
    remove_stale(at, at.directory);
}

}  // namespace zoomin::cgroup
