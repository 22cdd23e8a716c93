// SPDX-License-Identifier: MIT
// diagnose: the kernel's facts about a container, which show whether a problem is in its
// namespaces, its cgroup or its files.
// Use it while an engine exists (engine.hpp): it reads that engine's directories.
#pragma once

#include <string>

namespace zoomin::docker {

// Returns the JSON text of an object with Id, Name, and
//   Namespaces  the inode number of each, and whether it is the host's; addresses,
//               bridges and ports. null if the container isn't running.
//   Cgroup      its directories, limits and usage, how often it reached a limit, and how
//               long it was throttled. null if the container isn't running.
//   Filesystem  its layers with their sizes, the writable layer, and its mounts.
// Sizes are in bytes, times in µs. null stands for unlimited, or for a value that this
// kernel doesn't report. Throws usage_error.
std::string diagnose(const std::string& reference);

}  // namespace zoomin::docker
