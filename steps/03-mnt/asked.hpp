// SPDX-License-Identifier: MIT
// asked: the options that step 3 adds, and the later steps keep.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "03-mnt/mnt.hpp"
#include "common/program.hpp"

namespace zoomin::mnt {

// As typed.
struct asked {
  std::optional<std::string> rootfs;
  std::vector<std::string> mounts;
  bool read_only = false;

  void add_to(options& of);
};

// As understood.
struct wishes {
  std::string root;  // a directory
  bool read_only = false;
  std::vector<place> places;
};

// Without --rootfs the demo root, read-only and with memory to write to. Throws
// usage_error of a root or a source that isn't there, and of what can't be read.
wishes understood(const asked& from, const std::string& hostname,
                  const std::string& address = {});

}  // namespace zoomin::mnt
