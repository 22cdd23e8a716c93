// SPDX-License-Identifier: MIT
// leaks: the sanitizer that looks for leaks when a program ends does so as its tracer,
// and fails where strace(1) is one already, since a process has one at most: ptrace(2).
// Linked into the step programs of the asan preset, which asks here.
#include <fstream>
#include <string>

// NOLINTNEXTLINE(bugprone-reserved-identifier): its name for it
extern "C" int __lsan_is_turned_off() {
  std::ifstream status("/proc/self/status");  // proc_pid_status(5)
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("TracerPid:")) return line != "TracerPid:\t0" ? 1 : 0;
  return 0;
}
