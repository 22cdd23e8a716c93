// SPDX-License-Identifier: MIT
// why: finds the layer that causes a container's trouble. The layers are those of the
// article, namespaces, cgroup and files, and the privileges, which the article leaves
// out.
//
// The evidence is read from the kernel, from the container's state and spec, and from the
// last lines of its log. The kernel keeps nothing of a process and a cgroup that have
// ended, so there is more evidence while the container runs.
// Use it while an engine exists (engine.hpp): it reads that engine's directories.
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
  std::vector<std::string> remarks;  // worth knowing even if nothing is wrong
};

// Examines the container. Throws usage_error if there is no such container.
diagnosis why(const std::string& reference);

// Returns the columns Layer, Verdict, Evidence and Command.
listing finding_listing(const std::vector<finding>& findings);

// Describes a socket that listens for TCP connections.
struct listener {
  std::uint16_t port;
  bool on_loopback;
};
// Parses a table of proc_pid_net(5), tcp or tcp6: "0: 0100007F:1F90 00000000:0000 0A …".
std::vector<listener> listeners_in(const std::string& table);

}  // namespace zoomin::docker
