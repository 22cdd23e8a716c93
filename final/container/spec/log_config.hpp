// SPDX-License-Identifier: MIT
// log_config: the settings of a container's log: --log-driver, and the size and number of
// its files, --log-opt.
#pragma once

#include <cstdint>

namespace zoomin::container {

enum class log_driver { local, none };  // json-file counts as local

struct log_config {
  log_driver driver = log_driver::local;
  std::uint64_t max_size = 0;  // of a file, in bytes; 0: unlimited
  unsigned max_files = 1;      // including `log` itself
};

}  // namespace zoomin::container
