// SPDX-License-Identifier: MIT
#include "01-pid/look.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/utsname.h>
#include <unistd.h>

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

}  // namespace

std::vector<look::row> facts(pid_t pid) {
  return {
      {"pid", fmt::format("{}", pid), last_word(status_field(pid, "NSpid"))},
      namespace_row(pid, "pid namespace", "pid"),
      namespace_row(pid, "uts namespace", "uts"),
      {"hostname", hostname(), look::from_inside(pid, CLONE_NEWUTS, hostname)},
      {"kernel (uname -r)", kernel_release(),
       look::from_inside(pid, CLONE_NEWUTS, kernel_release)},
      {"processes in /proc", fmt::format("{}", processes().size()),
       look::from_inside(pid, CLONE_NEWNS | CLONE_NEWPID,
                         [] { return fmt::format("{}", processes().size()); })},
  };
}

look::leftover leftovers(pid_t pid) {
  return {fmt::format("process {}", pid), ::kill(pid, 0) == 0};
}

}  // namespace zoomin::pid
