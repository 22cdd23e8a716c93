// SPDX-License-Identifier: MIT
// options: what a step program's user can say about files. Step 3 adds them, the later
// steps keep them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "03-mnt/mnt.hpp"
#include "common/program.hpp"

namespace zoomin::mnt {

// As understood.
struct mount_options {
  std::string directory;
  bool read_only = false;
  std::vector<mount_entry> places;
};

// As typed.
struct options {
  std::optional<std::string> rootfs;
  std::vector<std::string> mounts;
  bool read_only = false;

  // Without --rootfs the demo root, read-only and with memory to write to. Throws
  // usage_error of a root or a source that isn't there, and of what can't be read.
  [[nodiscard]] mount_options wanted(const std::string& hostname) const;
};

void add_options(zoomin::options& to, options& into);

}  // namespace zoomin::mnt
