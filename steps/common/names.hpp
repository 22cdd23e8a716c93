// SPDX-License-Identifier: MIT
// names: the names of errors and signals. glibc has functions for both. With musl, errors
// are shown as numbers, and the names of the standard signals are listed here.
#pragma once

#include <signal.h>

#include <array>
#include <cstring>
#include <string>

namespace zoomin {

// Returns the name of an errno, such as "EPERM", or its number if the name isn't known.
inline std::string error_name(int number) {
#ifdef __GLIBC__
  const char* known = ::strerrorname_np(number);
  return known != nullptr ? known : std::to_string(number);
#else
  return std::to_string(number);
#endif
}

// Returns the name of a signal, such as "TERM". Empty if that number has no name.
inline std::string signal_name(int number) {
#ifdef __GLIBC__
  const char* known = ::sigabbrev_np(number);
  return known != nullptr ? known : "";
#else
  // The names are numbered as on x86 and arm, signal(7), "Standard signals".
  constexpr std::array names{"",      "HUP",  "INT",    "QUIT", "ILL",  "TRAP",   "ABRT",
                             "BUS",   "FPE",  "KILL",   "USR1", "SEGV", "USR2",   "PIPE",
                             "ALRM",  "TERM", "STKFLT", "CHLD", "CONT", "STOP",   "TSTP",
                             "TTIN",  "TTOU", "URG",    "XCPU", "XFSZ", "VTALRM", "PROF",
                             "WINCH", "POLL", "PWR",    "SYS"};
  const auto index = static_cast<std::size_t>(number);
  return number >= 0 && index < names.size() ? names[index] : "";
#endif
}

}  // namespace zoomin
