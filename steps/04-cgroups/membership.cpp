// SPDX-License-Identifier: MIT
#include "04-cgroups/membership.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include "04-cgroups/sweep.hpp"
#include "04-cgroups/versions.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

// For which others may make and remove the group under our hands.
constexpr auto longest_contest = std::chrono::seconds(10);

// A line of proc_pid_cgroup(5): "4:cpu,cpuacct:/a", "1:name=systemd:/a", "0::/a".
struct line_of_proc {
  std::string controllers;
  std::string path;
};

std::vector<line_of_proc> own_groups() {
  std::vector<line_of_proc> all;
  std::istringstream lines(read_file("/proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    all.push_back({line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return all;
}

bool is_of(const line_of_proc& line, const hierarchy& one) {
  if (one.version == 2) return line.controllers.empty();
  const auto first = line.controllers.substr(0, line.controllers.find(','));
  return !first.empty() && one.controllers.contains(first);
}

// Where this process is, as far as that can be named here. Empty where it is nowhere: the
// hierarchy is mounted, but isn't in use.
std::optional<std::string> origin_in(const hierarchy& one,
                                     const std::vector<line_of_proc>& lines) {
  for (const auto& line : lines) {
    if (!is_of(line, one)) continue;
    const std::string directory = one.mount_point + (line.path == "/" ? "" : line.path);
    return is_group(directory) ? directory : one.mount_point;
  }
  return std::nullopt;
}

bool move_self(const std::string& group) {
  try {
    write_file(quiet, group + "/cgroup.procs", "0");
  } catch (const sys::error&) {
    return false;
  }
  return true;
}

// False where another's clean-up came between.
bool enter_once(place& at) {
  const auto& version = version_of(at);
  try {
    make_directory(quiet, at.ours());
    version.prepare_ours(at);
    make_directory(quiet, at.directory, shared_mode);
    version.prepare(at);
    write_file(quiet, at.file("cgroup.procs"), "0");
  } catch (const sys::error& failure) {
    // ENOSPC: made again meanwhile, a cpuset without processors yet, cpuset(7).
    constexpr std::array came_between{ENOENT, ENODEV, ENOSPC};
    if (std::ranges::find(came_between, failure.number()) == came_between.end()) throw;
    require_in_sight(at);
    return false;
  }
  return true;
}

void enter_group(place& at) {
  const auto deadline = std::chrono::steady_clock::now() + longest_contest;
  while (!enter_once(at)) {
    if (std::chrono::steady_clock::now() > deadline)
      throw usage_error("the cgroup " + at.directory + " was taken away again and again");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

membership join(const std::string& name) {
  const auto lines = own_groups();
  membership made;
  made.owner_ = ::getpid();
  for (const auto& one : all_hierarchies()) {
    const auto origin = origin_in(one, lines);
    if (!origin) continue;
    place at;
    at.version = one.version;
    at.parent = one.mount_point;
    at.directory = at.ours() + "/" + name;
    at.controllers = one.controllers;
    enter_group(at);
    // A member's child that joins again has nowhere else to go back to.
    const bool again = *origin == at.directory;
    made.stays_.push_back({std::move(at), again ? one.mount_point : *origin});
  }
  if (made.stays_.empty())
    throw usage_error("no cgroup file system is mounted below /sys/fs/cgroup");
  return made;
}

membership::~membership() {
  try {
    leave();
  } catch (const std::exception&) {
    // The next sweep() removes it.
  }
}

void membership::leave() {
  if (owner_ != ::getpid()) return;
  const auto all = std::exchange(stays_, {});
  for (const auto& [at, origin] : all)
    if (move_self(origin) || move_self(at.parent)) remove_if_empty(at, at.directory);
}

std::vector<std::string> membership::directories() const {
  std::vector<std::string> all;
  for (const auto& one : stays_) all.push_back(one.at.directory);
  return all;
}

}  // namespace zoomin::cgroup
