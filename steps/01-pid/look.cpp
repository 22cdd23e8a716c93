// SPDX-License-Identifier: MIT
#include "01-pid/look.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "common/process.hpp"
#include "common/sys.hpp"

namespace zoomin::pid {

namespace {

std::string kernel_release() {
  utsname names{};
  ::uname(&names);
  return names.release;
}

std::string hostname() {
  utsname names{};
  ::uname(&names);
  return names.nodename;
}

std::string last_word(const std::string& text) {
  return text.substr(text.find_last_of(" \t") + 1);
}

look::row namespace_row(pid_t pid, const char* fact, const char* name) {
  const std::string container = look::namespace_number(pid, name);
  const std::string host = look::namespace_number(::getpid(), name);
  return {fact, fmt::format("{} (host: {})", container, host),
          container == host ? "the host's" : "its own"};
}

std::string count_processes() { return fmt::format("{}", processes().size()); }

// Counts the processes in the container's /proc. look::from_inside() runs this in a
// process of its own, which is not counted, nor is its parent.
std::string count_from_inside() {
  auto found = processes();
  std::error_code hidden;  // /proc/self of another PID namespace leads nowhere
  const auto self = std::filesystem::read_symlink("/proc/self", hidden).string();
  if (self.empty()) return fmt::format("{}", found.size());
  const pid_t helper = std::stoi(self);
  const pid_t parent = std::atoi(last_word(status_field(helper, "PPid")).c_str());
  std::erase_if(found, [&](pid_t pid) { return pid == helper || pid == parent; });
  return fmt::format("{}", found.size());
}

}  // namespace

std::vector<look::row> facts(pid_t pid) {
  return {
      {"pid", fmt::format("{}", pid), last_word(status_field(pid, "NSpid"))},
      namespace_row(pid, "pid namespace", "pid"),
      namespace_row(pid, "uts namespace", "uts"),
      {"hostname", hostname(), look::from_inside(pid, CLONE_NEWUTS, hostname)},
      {"kernel (uname -r)", kernel_release(),
       look::from_inside(pid, CLONE_NEWUTS, kernel_release)},
      {"processes in /proc", count_processes(),
       look::from_inside(pid, CLONE_NEWNS | CLONE_NEWPID, count_from_inside)},
  };
}

look::leftover leftovers(pid_t pid) {
  return {fmt::format("process {}", pid), ::kill(pid, 0) == 0};
}

}  // namespace zoomin::pid
