// SPDX-License-Identifier: MIT
#include "04-cgroups/membership.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include "04-cgroups/coordination/cleanup.hpp"
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
  std::vector<line_of_proc> result;
  std::istringstream lines(read_file("/proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    result.push_back(
        {line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return result;
}

bool is_of(const line_of_proc& line, const hierarchy& hierarchy) {
  if (hierarchy.version == 2) return line.controllers.empty();
  const auto first = line.controllers.substr(0, line.controllers.find(','));
  return !first.empty() && hierarchy.controllers.contains(first);
}

// Where this process is, as far as that can be named here. Empty where it is nowhere: the
// hierarchy is mounted, but isn't in use.
std::optional<std::string> origin_in(const hierarchy& hierarchy,
                                     const std::vector<line_of_proc>& lines) {
  for (const auto& line : lines) {
    if (!is_of(line, hierarchy)) continue;
    const std::string directory =
        hierarchy.mount_point + (line.path == "/" ? "" : line.path);
    return is_group(directory) ? directory : hierarchy.mount_point;
  }
  return std::nullopt;
}

// A thread that moves itself in version 1 waits for nobody: group::join().
const char* file_of(int version) { return version == 2 ? "cgroup.procs" : "tasks"; }

bool move_self(const cgroup_dir& at, const std::string& group) {
  try {
    write_file(quiet, group + "/" + file_of(at.version), "0");
  } catch (const sys::error&) {
    return false;
  }
  return true;
}

// Tells whether a service manager knows its services by this hierarchy.
bool is_managers(const hierarchy& hierarchy) {
  return hierarchy.version == 2 ||
         std::ranges::any_of(hierarchy.controllers,
                             [](const auto& each) { return each.starts_with("name="); });
}

// Makes the group and calls `enter`, again and again where others' clean-up comes
// between.
void enter_group(const cgroup_dir& at, const std::function<void()>& enter) {
  const auto deadline = std::chrono::steady_clock::now() + longest_contest;
  while (true) {
    try {
      make_directory(quiet, at.ours());
      make_directory(quiet, at.directory, shared_mode);
      return enter();
    } catch (const sys::error& failure) {
      if (failure.number() != ENOENT && failure.number() != ENODEV) throw;
      require_in_sight(at);
    }
    if (std::chrono::steady_clock::now() > deadline)
      throw usage_error("the cgroup " + at.directory + " was taken away again and again");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// Returns in a child that is born in `group`. False where that takes no processes.
bool is_child_in(const std::string& group) {
  unique_fd child;
  try {
    const unique_fd birthplace = sys::open(group, O_RDONLY | O_DIRECTORY);
    return clone3(quiet, 0, birthplace.get(), &child) == 0;
  } catch (const sys::error&) {
    return false;
  }
}

// Removes the group if nobody is left in it but processes that were killed and are about
// to end: other members remove it after their own end.
void remove_when_ended(const cgroup_dir& at) {
  constexpr std::size_t most_dying = 4;
  constexpr int longest_death = 500;  // ms
  const auto left = processes_in(at.directory);
  std::vector<unique_fd> processes;
  for (const pid_t id : left)
    if (left.size() <= most_dying) processes.push_back(pidfd_open(id));
  for (const auto& process : processes) {
    pollfd end{process.get(), POLLIN, 0};
    ::poll(&end, 1, longest_death);
  }
  remove_if_empty(at, at.directory);
}

// Version 2 moves whole processes alone, which takes 10 ms and holds everybody up. So
// this one stays until its end, and a child that isn't in the group removes it then.
void remove_after_end(const std::vector<cgroup_dir>& groups, const std::string& origin) {
  const unique_fd self = pidfd_open(::getpid());
  if (!is_child_in(origin)) return;
  ::dup2(self.get(), STDIN_FILENO);
  close_range(quiet, 1, ~0U);
  pollfd end{STDIN_FILENO, POLLIN, 0};
  while (::poll(&end, 1, -1) == -1 && errno == EINTR) {
  }
  for (const auto& at : groups) {
    remove_if_empty(at, at.directory);
    try {
      if (is_group(at.directory)) remove_when_ended(at);
    } catch (const std::exception&) {
      // One of them has just ended: the next clean_up() removes the group.
    }
  }
  ::_exit(0);
}

}  // namespace

joined_group::joined_group(const std::string& name) {
  const auto lines = own_groups();
  for (const auto& all_hierarchy : all_hierarchies()) {
    if (!is_managers(all_hierarchy)) continue;
    const auto origin = origin_in(all_hierarchy, lines);
    if (!origin) continue;
    cgroup_dir at;
    at.version = all_hierarchy.version;
    at.parent = all_hierarchy.mount_point;
    at.directory = at.ours() + "/" + name;
    // A member's child that joins again has nowhere else to go back to.
    const bool again = *origin == at.directory;
    stays_.push_back({std::move(at), again ? all_hierarchy.mount_point : *origin});
  }
}

pid_t joined_group::fork(unique_fd* pidfd) {
  const auto second =
      std::ranges::find_if(stays_, [](const stay& one) { return one.at.version == 2; });
  if (second == stays_.end()) return clone3(quiet, 0, -1, pidfd);
  pid_t id = -1;
  enter_group(second->at, [&] {
    const unique_fd birthplace = sys::open(second->at.directory, O_RDONLY | O_DIRECTORY);
    id = clone3(quiet, 0, birthplace.get(), pidfd);
  });
  born_ = id == 0;
  return id;
}

void joined_group::join() {
  owner_ = ::getpid();
  for (const auto& [at, origin] : stays_)
    if (at.version == 1 || !born_)
      enter_group(at, [&] { write_file(quiet, at.file(file_of(at.version)), "0"); });
}

joined_group::~joined_group() {
  try {
    leave();
  } catch (const std::exception&) {
    // The next clean_up() removes it.
  }
}

void joined_group::leave() {
  if (owner_ != ::getpid()) return;
  auto joineds = std::exchange(stays_, {});
  for (const auto& [at, origin] : joineds)
    if (at.version == 1 && (move_self(at, origin) || move_self(at, at.parent)))
      remove_if_empty(at, at.directory);
  const auto second =
      std::ranges::find_if(joineds, [](const stay& one) { return one.at.version == 2; });
  if (second == joineds.end()) return;
  std::vector<cgroup_dir> groups;
  for (auto& joined : joineds) groups.push_back(std::move(joined.at));
  remove_after_end(groups, second->origin);
}

std::vector<std::string> joined_group::directories() const {
  std::vector<std::string> result;
  for (const auto& one : stays_) result.push_back(one.at.directory);
  return result;
}

}  // namespace zoomin::cgroup
