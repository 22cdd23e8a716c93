// SPDX-License-Identifier: MIT
// why: locates a container's trouble in the article's layers: its namespaces, its cgroup
// or its files; or in the privileges that the article leaves out.
//
// Each cause is looked for in what the kernel says now, in the container's state and
// spec, and in the last lines of its log. The kernel forgets a group and a process with
// their end, so more can be said of a container that runs.
#pragma once

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

// Returns what may be wrong with a container, the likeliest cause first. Throws
// usage_error.
std::vector<finding> why(const std::string& reference);

// Returns the columns Layer, Verdict, Evidence and Command.
listing finding_listing(const std::vector<finding>& findings);

}  // namespace zoomin::docker
