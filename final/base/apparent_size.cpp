// SPDX-License-Identifier: MIT
#include "base/apparent_size.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <set>
#include <utility>

#include "common/descent.hpp"
#include "common/sys.hpp"

namespace zoomin::base {

namespace {

class counter : public sys::tree_walk {
 public:
  using tree_walk::tree_walk;
  std::uint64_t bytes = 0;

 private:
  bool meet(const char* name, unsigned char /*type*/) override {
    struct stat info {};
    if (::fstatat(here(), name, &info, AT_SYMLINK_NOFOLLOW) == -1) return false;
    const bool again = !S_ISDIR(info.st_mode) && info.st_nlink > 1 &&
                       !seen_.insert(std::pair(info.st_dev, info.st_ino)).second;
    if (S_ISREG(info.st_mode) && !again)
      bytes += static_cast<std::uint64_t>(info.st_size);
    return S_ISDIR(info.st_mode);
  }
  void refused(const std::string& /*name*/, int /*number*/) override {}

  std::set<std::pair<dev_t, ino_t>> seen_;
};

}  // namespace

std::uint64_t apparent_size_of(const std::string& directory) {
  auto open = sys::open_if_exists(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!open) return 0;
  counter files(std::move(*open));
  try {
    files.run();
  } catch (const sys::error&) {  // a directory was moved out meanwhile and isn't counted
  }
  return files.bytes;
}

}  // namespace zoomin::base
