// SPDX-License-Identifier: MIT
#include "04-cgroups/look.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "common/sys.hpp"

namespace zoomin::cgroup {

namespace {

std::string text_of_proc(pid_t pid) {
  try {
    return sys::read_file(fmt::format("/proc/{}/cgroup", pid));
  } catch (const sys::error&) {
    return {};
  }
}

const hierarchy* with(const std::vector<hierarchy>& hierarchies,
                      const std::string& controller) {
  const auto has = [&](const hierarchy& hierarchy) {
    return hierarchy.version == 2 || hierarchy.controllers.contains(controller);
  };
  const auto found = std::ranges::find_if(hierarchies, has);
  return found == hierarchies.end() ? nullptr : &*found;
}

// Returns the memory that free(1) and similar programs report, whatever the limit.
std::string total_memory() {
  std::istringstream text(sys::read_file("/proc/meminfo"));
  std::string name;
  std::uint64_t kilobytes = 0;
  text >> name >> kilobytes;
  return size_text(kilobytes * 1024);
}

std::string total_processors() {
  const std::string text = sys::read_file("/proc/cpuinfo");
  int count = 0;
  for (auto at = text.find("processor\t"); at != std::string::npos;
       at = text.find("processor\t", at + 1))
    ++count;
  return fmt::format("{}", count);
}

std::string count_text(std::uint64_t count) {
  return count == unlimited ? "unlimited" : fmt::format("{}", count);
}

std::string cpus_text(const usage& now) {
  if (!now.cpu_quota_us) return "unlimited";
  return fmt::format("{:.2f}", static_cast<double>(*now.cpu_quota_us) /
                                   static_cast<double>(cpu_period_us));
}

std::string seconds_text(std::uint64_t us) {
  return fmt::format("{:.2f} s", static_cast<double>(us) / 1e6);
}

}  // namespace

// Reads lines of proc_pid_cgroup(5): "4:memory:/zoomin/box", or in version 2
// "0::/zoomin/box".
std::string path_of(pid_t pid, const std::string& controller) {
  const auto mounted = hierarchies();
  const hierarchy* hierarchy = with(mounted, controller);
  std::istringstream lines(text_of_proc(pid));
  for (std::string line; hierarchy != nullptr && std::getline(lines, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool matches = hierarchy->version == 2
                             ? names == ",,"
                             : names.find("," + controller + ",") != std::string::npos;
    if (matches) return line.substr(second + 1);
  }
  return {};
}

std::string directory_of(pid_t pid, const std::string& controller) {
  const auto mounted = hierarchies();
  const hierarchy* hierarchy = with(mounted, controller);
  return hierarchy == nullptr ? "" : hierarchy->mount_point + path_of(pid, controller);
}

std::vector<cgroup_dir> dirs_of(pid_t pid) {
  std::vector<cgroup_dir> directories;
  for (const auto& hierarchy : hierarchies()) {
    cgroup_dir at;
    at.version = hierarchy.version;
    at.controllers = hierarchy.controllers;
    const std::string any =
        hierarchy.controllers.empty() ? "" : *hierarchy.controllers.begin();
    at.directory = hierarchy.mount_point + path_of(pid, any);
    directories.push_back(std::move(at));
  }
  return directories;
}

std::vector<look::row> facts(pid_t pid) {
  const auto dirs = dirs_of(pid);
  const usage now = read_usage(dirs);
  const auto see_path = [&] { return path_of(pid, "memory"); };
  const std::string container = look::namespace_number(pid, "cgroup");
  const std::string host = look::namespace_number(::getpid(), "cgroup");
  return {
      {"cgroup", path_of(pid, "memory"),
       look::from_inside(pid, CLONE_NEWCGROUP, see_path)},
      {"cgroup namespace", fmt::format("{} (host: {})", container, host),
       container == host ? "the host's" : "its own"},
      {"memory limit",
       fmt::format("{} (used: {})", size_text(now.memory_limit_bytes),
                   size_text(now.memory_bytes)),
       fmt::format("/proc/meminfo: {}",
                   look::from_inside(pid, CLONE_NEWNS | CLONE_NEWPID, total_memory))},
      {"CPUs", cpus_text(now),
       fmt::format("/proc/cpuinfo: {}",
                   look::from_inside(pid, CLONE_NEWNS | CLONE_NEWPID, total_processors))},
      {"processes", fmt::format("{} of {}", now.pids, count_text(now.pids_limit)),
       "fork fails at the limit"},
  };
}

std::string used_text(const usage& used, const events& events) {
  std::string result = "used:";
  if (used.memory_peak_bytes)
    result += fmt::format(" peak memory {},", size_text(*used.memory_peak_bytes));
  result += fmt::format(" CPU time {}, throttled {}, OOM kills {}",
                        seconds_text(used.cpu_time_us), seconds_text(used.throttled_us),
                        events.oom_kills);
  if (events.pids_limit != 0)
    result += fmt::format(", forks refused {}", events.pids_limit);
  return result;
}

std::string oom_text(const usage& used, const events& events, bool ended) {
  if (events.oom_kills == 0) return {};
  std::string result = "killed by the OOM killer";
  if (!ended) result = fmt::format("{} of its processes {}", events.oom_kills, result);
  if (used.memory_limit_bytes == unlimited) return result;
  return result + " at its limit of " + size_text(used.memory_limit_bytes);
}

look::leftover leftovers(const std::string& name, const std::string& parent) {
  const auto dirs = existing_dirs(parent, name);
  return {"cgroup " + name, std::ranges::any_of(dirs, [](const cgroup_dir& at) {
            return sys::exists(at.directory);
          })};
}

void report_end(const group& group, int status, bool explain,
                const std::string& program) {
  const bool killed = status == 128 + SIGKILL;
  const auto used = group.read();
  const auto events = group.read_events();
  if (explain) look::print_line(" " + used_text(used, events));
  if (const auto text = oom_text(used, events, killed); !text.empty())
    look::print_line(program + ": " + text);
}

}  // namespace zoomin::cgroup
