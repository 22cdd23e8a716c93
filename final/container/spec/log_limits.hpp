// SPDX-License-Identifier: MIT
// log_limits: when a container's log is rotated, and how many files are kept (--log-opt).
#pragma once

#include <cstdint>

namespace zoomin::container {

struct log_limits {
  std::uint64_t max_size = 0;  // at which a file is rotated, in bytes; 0: never
  unsigned max_files = 1;      // with `log` itself
};

}  // namespace zoomin::container
