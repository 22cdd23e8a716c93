// SPDX-License-Identifier: MIT
// log_config: where a container's output goes (--log-driver), when its log is rotated,
// and how many files are kept (--log-opt).
#pragma once

#include <cstdint>

namespace zoomin::container {

enum class log_driver { local, none };  // json-file is local

struct log_config {
  log_driver driver = log_driver::local;
  std::uint64_t max_size = 0;  // of a file, in bytes; 0: unlimited
  unsigned max_files = 1;      // including `log` itself
};

}  // namespace zoomin::container
