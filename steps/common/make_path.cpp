// SPDX-License-Identifier: MIT
#include "common/make_path.hpp"

#include "common/sys.hpp"

namespace zoomin::sys {

void make_path(const std::string& path, const std::string& top, mode_t mode) {
  try {
    make_directory(quiet, path, mode);
  } catch (const error& failure) {
    if (failure.number() != ENOENT || path.size() <= top.size()) throw;
    make_path(path.substr(0, path.rfind('/')), top, mode);
    make_directory(quiet, path, mode);
  }
}

}  // namespace zoomin::sys
