// SPDX-License-Identifier: MIT
#include "04-cgroups/hierarchy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "04-cgroups/group_files.hpp"
#include "common/sys.hpp"
#include "common/text.hpp"

namespace zoomin::cgroup {

namespace {

const std::set<std::string> known{"cpu", "cpuacct", "cpuset", "memory", "pids"};

// Parses a line of /proc/self/mountinfo, proc_pid_mountinfo(5). For version 1 the
// controllers include all other options of the file system.
std::optional<hierarchy> from_mountinfo(const std::string& line) {
  std::istringstream left(line), right(line.substr(line.find(" - ") + 3));
  std::string skip, mount_point, type, source, super_options;
  left >> skip >> skip >> skip >> skip >> mount_point;
  right >> type >> source >> super_options;
  if (!(mount_point + "/").starts_with("/sys/fs/cgroup/")) return std::nullopt;
  if (type == "cgroup2") return hierarchy{2, mount_point, {}};
  if (type == "cgroup") {
    const auto names = text::split(super_options, ',');
    return hierarchy{1, mount_point, {names.begin(), names.end()}};
  }
  return std::nullopt;
}

// Returns the mounted hierarchies. A later mount hides an earlier one at the same mount
// point.
std::map<std::string, hierarchy> mounted() {
  std::map<std::string, hierarchy> result;
  std::istringstream lines(sys::read_file("/proc/self/mountinfo"));
  for (std::string line; std::getline(lines, line);)
    if (auto found = from_mountinfo(line)) result[found->mount_point] = *found;
  return result;
}

}  // namespace

std::string cgroup_dir::tree() const {
  return version == 1 ? fmt::format("{}", fmt::join(controllers, ",")) : "";
}

std::vector<hierarchy> hierarchies(const std::set<std::string>& also) {
  std::vector<hierarchy> first, second;
  for (auto& [at, hierarchy] : mounted()) {
    if (hierarchy.version == 2) second.push_back(hierarchy);
    std::erase_if(hierarchy.controllers, [&](const std::string& controller) {
      return !known.contains(controller) && !also.contains(controller);
    });
    if (hierarchy.version == 1 && !hierarchy.controllers.empty())
      first.push_back(hierarchy);
  }
  const auto limits = [](const hierarchy& hierarchy) {
    return std::ranges::any_of(hierarchy.controllers,
                               [](const auto& name) { return known.contains(name); });
  };
  if (std::ranges::any_of(first, limits)) return first;
  if (second.empty())
    throw usage_error("no cgroup file system is mounted below /sys/fs/cgroup",
                      "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
  return {second.front()};
}

bool is_used(const std::set<std::string>& controllers, bool needs_cpuset) {
  return needs_cpuset || controllers != std::set<std::string>{"cpuset"};
}

std::vector<hierarchy> all_hierarchies() {
  std::vector<hierarchy> hierarchies;
  for (auto& [at, hierarchy] : mounted())
    if (hierarchy.version == 2 || hierarchy.controllers.contains("rw"))
      hierarchies.push_back(hierarchy);
  return hierarchies;
}

std::set<std::string> available_below(const std::string& group,
                                      const std::set<std::string>& also) {
  auto result = words_in(group + "/cgroup.controllers");
  std::erase_if(result, [&](const std::string& controller) {
    return !known.contains(controller) && !also.contains(controller);
  });
  return result;
}

void validate_parent(const std::string& parent) {
  if (("/" + parent + "/").find("/../") != std::string::npos)
    throw usage_error(
        fmt::format("--cgroup-parent \"{}\": must not contain '..'", parent));
}

std::vector<cgroup_dir> existing_dirs(const std::string& parent, const std::string& name,
                                      const std::set<std::string>& also) {
  std::vector<cgroup_dir> directories;
  for (const auto& hierarchy : hierarchies(also)) {
    cgroup_dir at;
    at.version = hierarchy.version;
    at.parent = hierarchy.mount_point;
    const auto begin = parent.find_first_not_of('/');
    if (begin != std::string::npos) at.parent += "/" + parent.substr(begin);
    at.directory = at.zoomin_group() + "/" + name;
    at.controllers =
        hierarchy.version == 2 ? available_below(at.parent, also) : hierarchy.controllers;
    if (is_group(at.parent)) directories.push_back(std::move(at));
  }
  // The freezer must be first, since frozen processes don't die in version 1.
  std::stable_partition(directories.begin(), directories.end(), [](const cgroup_dir& at) {
    return at.controllers.contains("freezer");
  });
  return directories;
}

std::vector<cgroup_dir> dirs_below(const std::string& parent, const std::string& name,
                                   const std::set<std::string>& also) {
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

const cgroup_dir* find(const std::vector<cgroup_dir>& dirs,
                       const std::string& controller) {
  const auto has = [&](const cgroup_dir& dir) {
    return dir.controllers.contains(controller);
  };
  const auto found = std::ranges::find_if(dirs, has);
  return found == dirs.end() ? nullptr : &*found;
}

const cgroup_dir& require(const std::vector<cgroup_dir>& dirs,
                          const std::string& controller, const std::string& option) {
  if (const cgroup_dir* found = find(dirs, controller)) return *found;
  const auto& first = dirs.at(0);
  const std::string where = first.version == 2
                                ? fmt::format("in {}/cgroup.controllers", first.parent)
                                : "among the mounted version 1 hierarchies";
  throw usage_error(
      fmt::format("{} needs the cgroup controller {}, which {}", option, controller,
                  first.refusal.empty() ? "isn't " + where : first.refusal),
      controller == "memory" && first.refusal.empty()
          ? "some kernels need cgroup_enable=memory on their command line"
          : "use --cgroup-parent with a delegated cgroup");
}

void require_reachable(const cgroup_dir& at) {
  if (sys::exists(at.parent)) return;
  throw usage_error(fmt::format("can't reach the cgroup hierarchy {}", at.parent),
                    "another mount may cover it, or /sys; see findmnt");
}

}  // namespace zoomin::cgroup
