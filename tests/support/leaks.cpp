// SPDX-License-Identifier: MIT
// leaks: turns leak detection off under strace(1). The sanitizer traces the program at
// its end, and a process can have only one tracer: ptrace(2). This is linked into the
// step programs of the asan preset, which calls it.
#include <fstream>
#include <string>

// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer's name
extern "C" int __lsan_is_turned_off() {
  std::ifstream status("/proc/self/status");  // proc_pid_status(5)
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("TracerPid:")) return line != "TracerPid:\t0" ? 1 : 0;
  return 0;
}
