// SPDX-License-Identifier: MIT
#include "04-cgroups/coordination/delegation.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "04-cgroups/cgroup.hpp"
#include "04-cgroups/group_files.hpp"
#include "common/narration.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

constexpr int max_rounds = 10;  // processes may be started meanwhile

// Moves a process, unless it has just ended.
void move(const std::string& pid, const std::string& group) {
  try {
    write_file(quiet, group + "/cgroup.procs", pid);
  } catch (const sys::error& failure) {
    if (failure.number() != ESRCH) throw;
  }
}

// Returns the groups above a group, the root first.
std::vector<std::string> groups_above(const std::string& group) {
  std::vector<std::string> above;
  std::filesystem::path path = group;
  while (exists((path = path.parent_path()).string() + "/cgroup.controllers"))
    above.insert(above.begin(), path.string());
  return above;
}

void enable_or_evacuate(cgroup_dir& at, const std::string& group) {
  const auto controllers = at.controllers;
  if (enable(quiet, at, group) || !evacuate(group)) return;
  at.controllers = controllers;
  at.refusal.clear();
  enable(quiet, at, group);
}

}  // namespace

bool evacuate(const std::string& group) {
  const auto above = std::filesystem::path(group).parent_path().string();
  if (exists(above + "/cgroup.controllers")) return false;
  const std::string below = group + "/init";
  try {
    make_directory(quiet, below);
    for (int tries = max_rounds; tries > 0; --tries) {
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

void enable_ancestors(cgroup_dir& at, const std::set<std::string>& also) {
  if (at.version == 1) return;
  const auto above = groups_above(at.parent);
  if (above.empty()) return;
  cgroup_dir delegated;
  delegated.controllers = available_below(above.front(), also);
  for (const auto& ancestor : above) enable_or_evacuate(delegated, ancestor);
  at.refusal = delegated.refusal;
  at.controllers = available_below(at.parent, also);
}

}  // namespace zoomin::cgroup
