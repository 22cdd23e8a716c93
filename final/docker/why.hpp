// SPDX-License-Identifier: MIT
// why: locates a container's trouble in the article's layers: its namespaces, its cgroup
// or its files; or in the privileges that the article leaves out.
//
// Each cause is looked for in what the kernel says now, in the container's state and
// spec, and in the last lines of its log. The kernel forgets a group and a process with
// their end, so more can be said of a container that runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "docker/columns.hpp"

namespace zoomin::docker {

struct finding {
  const char* layer;  // "namespace", "cgroup", "filesystem", "privileges"
  std::string verdict;
  std::string evidence;  // what was read, and where
  std::string command;   // a command that shows more; empty without one
};

struct diagnosis {
  std::vector<finding> findings;     // what may be wrong, the likeliest cause first
  std::vector<std::string> remarks;  // what is worth knowing of a healthy container
};

// Throws usage_error.
diagnosis why(const std::string& reference);

// Returns the columns Layer, Verdict, Evidence and Command.
listing finding_listing(const std::vector<finding>& findings);

// A socket that listens for TCP connections.
struct listener {
  std::uint16_t port;
  bool on_loopback;
};
// Parses a table of proc_pid_net(5), tcp or tcp6: "0: 0100007F:1F90 00000000:0000 0A …".
std::vector<listener> listeners_in(const std::string& table);

}  // namespace zoomin::docker
