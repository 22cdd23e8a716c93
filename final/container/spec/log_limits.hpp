// SPDX-License-Identifier: MIT
// log_limits: when a container's log is rotated, and how many files are kept (--log-opt).
#pragma once

#include <cstdint>

namespace zoomin::container {

struct log_limits {
  std::uint64_t max_size = 0;  // of a file, in bytes; 0: unlimited
  unsigned max_files = 1;      // including `log` itself
};

}  // namespace zoomin::container
