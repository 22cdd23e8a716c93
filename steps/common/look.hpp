// SPDX-License-Identifier: MIT
// look: one fact, seen from both sides.
//
// Besides doing, a module knows how to look: its facts(pid) gives rows of what the host
// sees of a process and what that process sees itself. Works for any process, ours or
// another runtime's. Needs CAP_SYS_ADMIN and CAP_SYS_PTRACE.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace zoomin::look {

struct row {
  std::string fact;
  std::string host;
  std::string container;
};

// " fact   host sees   container sees", as wide as the terminal, to where the narration
// goes.
void print(const std::vector<row>& rows);

// What `see` gives in a child that has joined these namespaces (CLONE_NEW… bits) of
// process `pid`: nothing of its outcome but the text comes back. Where joining fails, or
// `see` throws, the text is "(reason)".
std::string from_inside(pid_t pid, std::uint64_t namespaces,
                        const std::function<std::string()>& see);

// The inode number of /proc/PID/ns/NAME: two processes are in one namespace exactly where
// these are equal, namespaces(7). Empty where the process is gone.
std::string namespace_number(pid_t pid, const std::string& name);

// A line to the same place, in one write(2).
void say(const std::string& line);

// Something a container made on the host, and whether it is still there.
struct leftover {
  std::string what;
  bool there;
};
// "after the end: process 4711 gone, bridge zoomin0 still there".
void print_leftovers(const std::vector<leftover>& remains);

}  // namespace zoomin::look
