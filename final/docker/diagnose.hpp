// SPDX-License-Identifier: MIT
// diagnose: a container's trouble is in its namespaces, in its cgroup or in its files:
// what the kernel says of each just now.
#pragma once

#include <string>

namespace zoomin::container {

// JSON text of one object: Id, Name, and
//   Namespaces  of each its inode number, and whether it is the host's; addresses,
//   bridges
//               and ports. null where it doesn't run.
//   Cgroup      its directories, limits and usage, how often it met a limit, and how long
//               it had to wait for a processor. null where it doesn't run.
//   Filesystem  its layers with their sizes, the writable one, and what is mounted in it.
// Sizes in bytes, times in µs; null: unlimited, or this kernel doesn't say. Throws
// usage_error.
std::string diagnose(const std::string& reference);

}  // namespace zoomin::container
