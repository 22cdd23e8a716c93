// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <filesystem>

#include "common/sys.hpp"

namespace zoomin::sys {

void remove_tree(const why& reason, const std::string& path) {
  request(
      reason, "rmdir", [&] { return fmt::format("rmdir({})", sys::quote(path)); },
      [&] { return path; },
      [&] {
        std::error_code failure;
        std::filesystem::remove_all(path, failure);
        errno = failure.value();
        return failure ? -1 : 0;
      });
}

}  // namespace zoomin::sys
