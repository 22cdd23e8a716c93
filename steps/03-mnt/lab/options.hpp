// SPDX-License-Identifier: MIT
// options: the options of a step program for files. Step 3 adds them, and the later steps
// keep them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "03-mnt/mnt.hpp"
#include "common/lab/program.hpp"

namespace zoomin::mnt {

// The parsed options.
struct mount_options {
  std::string directory;
  bool read_only = false;
  std::vector<mount_entry> mounts;
};

// The options as the user has typed them.
struct options {
  std::optional<std::string> rootfs;
  std::vector<std::string> mounts;
  bool read_only = false;

  // Returns the root and all mounts. Without --rootfs it is the demo root, read-only and
  // with writable directories in memory. Throws usage_error if an option can't be parsed,
  // or a root or source doesn't exist.
  [[nodiscard]] mount_options parsed(const std::string& hostname) const;
};

void add_options(zoomin::options& to, options& options);

}  // namespace zoomin::mnt
