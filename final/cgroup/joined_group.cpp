// SPDX-License-Identifier: MIT
#include "cgroup/joined_group.hpp"

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
#include "04-cgroups/group_files.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

using clock = std::chrono::steady_clock;

// Limits how long the clean-up of other programs may interfere.
constexpr auto creation_timeout = std::chrono::seconds(10);
// Limits how long to wait for the end of the last members of a group.
constexpr auto exit_timeout = std::chrono::milliseconds(500);

// A line of proc_pid_cgroup(5): "4:cpu,cpuacct:/a", "1:name=systemd:/a", "0::/a".
struct cgroup_line {
  std::string controllers;
  std::string path;
};

std::vector<cgroup_line> own_groups() {
  std::vector<cgroup_line> result;
  std::istringstream lines(read_file("/proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    result.push_back(
        {line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return result;
}

bool belongs_to(const cgroup_line& line, const hierarchy& hierarchy) {
  if (hierarchy.version == 2) return line.controllers.empty();
  const auto first = line.controllers.substr(0, line.controllers.find(','));
  return !first.empty() && hierarchy.controllers.contains(first);
}

// Returns the directory of this process's group in a hierarchy, or of the root if the
// group isn't visible here. Returns nothing if the hierarchy is mounted but not in use.
std::optional<std::string> origin_in(const hierarchy& hierarchy,
                                     const std::vector<cgroup_line>& lines) {
  for (const auto& line : lines) {
    if (!belongs_to(line, hierarchy)) continue;
    const std::string directory =
        hierarchy.mount_point + (line.path == "/" ? "" : line.path);
    return is_group(directory) ? directory : hierarchy.mount_point;
  }
  return std::nullopt;
}

// Returns the file that moves a process. Version 1 can move a single thread, which is
// faster, as in group::join().
const char* procs_file(int version) { return version == 2 ? "cgroup.procs" : "tasks"; }

bool move_self(const cgroup_dir& at, const std::string& group) {
  try {
    write_file(quiet, group + "/" + procs_file(at.version), "0");
  } catch (const sys::error&) {
    return false;
  }
  return true;
}

// Returns true if a service manager finds its services by this hierarchy.
bool is_used_by_manager(const hierarchy& hierarchy) {
  return hierarchy.version == 2 ||
         std::ranges::any_of(hierarchy.controllers,
                             [](const auto& each) { return each.starts_with("name="); });
}

// Creates the group and calls `enter`. Tries again if another program's clean-up removes
// the group in between.
void enter_group(const cgroup_dir& at, const std::function<void()>& enter) {
  const auto deadline = clock::now() + creation_timeout;
  while (true) {
    try {
      make_directory(quiet, at.zoomin_group());
      make_directory(quiet, at.directory, shared_mode);
      return enter();
    } catch (const sys::error& failure) {
      if (failure.number() != ENOENT && failure.number() != ENODEV) throw;
      require_reachable(at);
    }
    if (clock::now() > deadline)
      throw usage_error("another process keeps removing the cgroup " + at.directory);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// Forks a child in `group`. Returns true in the child. Returns false in the parent, or if
// the group accepts no processes.
bool fork_into(const std::string& group) {
  unique_fd child;
  try {
    const unique_fd directory = sys::open(group, O_RDONLY | O_DIRECTORY);
    return clone3(quiet, 0, directory.get(), &child) == 0;
  } catch (const sys::error&) {
    return false;
  }
}

// Waits until a process ends. Returns false if it hasn't ended at `deadline`. A process
// that doesn't exist has ended.
bool wait_for_exit(pid_t process, clock::time_point deadline) try {
  const unique_fd pidfd = pidfd_open(process);
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
    pollfd end{pidfd.get(), POLLIN, 0};
    const int ready = ::poll(&end, 1, std::max(0, static_cast<int>(left.count())));
    if (ready != -1 || errno != EINTR) return ready > 0;
  }
} catch (const sys::error& failure) {
  if (failure.number() != ESRCH) throw;
  return true;
}

// Removes the group if its last processes are about to end. It waits only for a few
// processes and a short time; members that live longer remove the group after their own
// end.
void remove_when_ended(const cgroup_dir& at, clock::time_point deadline) {
  constexpr std::size_t max_processes = 4;
  const auto processes = processes_in(at.directory);
  if (processes.size() > max_processes) return;
  for (const pid_t process : processes)
    if (!wait_for_exit(process, deadline)) return;
  remove_if_empty(at, at.directory);
}

// Waits for the end of the process `pidfd`, with no other descriptor open.
void wait_for_end(const unique_fd& pidfd) {
  ::dup2(pidfd.get(), STDIN_FILENO);
  close_range(quiet, 1, ~0U);
  pollfd end{STDIN_FILENO, POLLIN, 0};
  while (::poll(&end, 1, -1) == -1 && errno == EINTR) {
  }
}

}  // namespace

joined_group::joined_group(const std::string& name, const std::string& v2_origin) {
  const auto lines = own_groups();
  for (const auto& hierarchy : all_hierarchies()) {
    if (!is_used_by_manager(hierarchy)) continue;
    const auto origin = origin_in(hierarchy, lines);
    if (!origin) continue;
    cgroup_dir at;
    at.version = hierarchy.version;
    at.parent = hierarchy.mount_point;
    at.directory = at.zoomin_group() + "/" + name;
    // A process that is in the group already returns to the root, or to `v2_origin`.
    const bool inherited = *origin == at.directory;
    std::string home = inherited ? hierarchy.mount_point : *origin;
    if (inherited && at.version == 2 && !v2_origin.empty()) home = v2_origin;
    memberships_.push_back({std::move(at), std::move(home), inherited});
  }
}

const joined_group::membership* joined_group::find_v2() const {
  const auto found = std::ranges::find_if(
      memberships_, [](const membership& each) { return each.at.version == 2; });
  return found == memberships_.end() ? nullptr : &*found;
}

std::string joined_group::v2_origin() const {
  const membership* v2 = find_v2();
  return v2 == nullptr ? std::string() : v2->origin;
}

pid_t joined_group::fork(unique_fd* pidfd) {
  const membership* v2 = find_v2();
  if (v2 == nullptr) return clone3(quiet, 0, -1, pidfd);
  pid_t id = -1;
  enter_group(v2->at, [&] {
    const unique_fd directory = sys::open(v2->at.directory, O_RDONLY | O_DIRECTORY);
    id = clone3(quiet, 0, directory.get(), pidfd);
  });
  started_inside_ = id == 0;
  return id;
}

void joined_group::join() {
  owner_ = ::getpid();
  for (const auto& each : memberships_) {
    const cgroup_dir& at = each.at;
    if (!each.inherited && (at.version == 1 || !started_inside_))
      enter_group(at, [&] { write_file(quiet, at.file(procs_file(at.version)), "0"); });
  }
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
  owner_ = -1;
  for (const auto& joined : memberships_) {
    const cgroup_dir& at = joined.at;
    if (at.version == 1 && (move_self(at, joined.origin) || move_self(at, at.parent)))
      remove_if_empty(at, at.directory);
  }
  if (const membership* v2 = find_v2()) remove_after_end(v2->origin);
  memberships_.clear();
}

// Version 2 can move only whole processes, which takes 10 ms and delays other programs.
// Therefore this process stays in the group until its end, and a child outside the group
// removes the group then.
void joined_group::remove_after_end(const std::string& origin) const {
  const unique_fd self = pidfd_open(::getpid());
  if (!fork_into(origin)) return;
  wait_for_end(self);
  const auto deadline = clock::now() + exit_timeout;
  for (const auto& joined : memberships_) {
    const cgroup_dir& at = joined.at;
    remove_if_empty(at, at.directory);
    try {
      if (is_group(at.directory)) remove_when_ended(at, deadline);
    } catch (const std::exception&) {
      // The next clean_up() removes the group.
    }
  }
  ::_exit(0);
}

std::vector<std::string> joined_group::directories() const {
  std::vector<std::string> result;
  for (const auto& joined : memberships_) result.push_back(joined.at.directory);
  return result;
}

}  // namespace zoomin::cgroup
