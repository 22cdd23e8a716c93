// SPDX-License-Identifier: MIT
// names: what errors and signals are called. glibc has them; of musl's, errors are told
// by number, and signals that every Linux has are known here.
#pragma once

#include <signal.h>

#include <array>
#include <cstring>
#include <string>

namespace zoomin {

// Returns the name of an errno, such as "EPERM"; its number where that isn't known.
inline std::string error_name(int number) {
#ifdef __GLIBC__
  const char* known = ::strerrorname_np(number);
  return known != nullptr ? known : std::to_string(number);
#else
  return std::to_string(number);
#endif
}

// Returns the name of a signal, such as "TERM"; empty where that number has no name.
inline std::string signal_name(int number) {
#ifdef __GLIBC__
  const char* known = ::sigabbrev_np(number);
  return known != nullptr ? known : "";
#else
  // The names are numbered as on x86 and arm, signal(7), "Standard signals".
  constexpr std::array all{"",      "HUP",  "INT",    "QUIT", "ILL",  "TRAP",   "ABRT",
                           "BUS",   "FPE",  "KILL",   "USR1", "SEGV", "USR2",   "PIPE",
                           "ALRM",  "TERM", "STKFLT", "CHLD", "CONT", "STOP",   "TSTP",
                           "TTIN",  "TTOU", "URG",    "XCPU", "XFSZ", "VTALRM", "PROF",
                           "WINCH", "POLL", "PWR",    "SYS"};
  const auto at = static_cast<std::size_t>(number);
  return number >= 0 && at < all.size() ? all[at] : "";
#endif
}

}  // namespace zoomin
