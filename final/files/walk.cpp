// SPDX-License-Identifier: MIT
#include "files/walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "common/fd.hpp"
#include "common/sys.hpp"

namespace zoomin::files {

std::vector<std::string> names_in(int directory, const std::string& place) {
  unique_fd own(sys::check("openat", place, [&] {
    return ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }));
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::fdopendir(own.release()), ::closedir);
  std::vector<std::string> all;
  while (const dirent* one = ::readdir(open.get()))
    if (const std::string_view name = one->d_name; name != "." && name != "..")
      all.emplace_back(name);
  return all;
}

namespace {

class counter {
 public:
  std::uint64_t all_in(int directory) {
    std::uint64_t sum = 0;
    for (const auto& name : names_in(directory, "")) sum += entry(directory, name);
    return sum;
  }

 private:
  std::uint64_t entry(int directory, const std::string& name) {
    struct stat is {};
    if (::fstatat(directory, name.c_str(), &is, AT_SYMLINK_NOFOLLOW) == -1) return 0;
    if (S_ISDIR(is.st_mode)) {
      const unique_fd below(::openat(directory, name.c_str(),
                                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      return below ? all_in(below.get()) : 0;
    }
    const bool again =
        is.st_nlink > 1 && !seen_.insert(std::pair(is.st_dev, is.st_ino)).second;
    return S_ISREG(is.st_mode) && !again ? static_cast<std::uint64_t>(is.st_size) : 0;
  }

  std::set<std::pair<dev_t, ino_t>> seen_;
};

}  // namespace

std::uint64_t size_of(const std::string& directory) {
  const auto open = sys::open_if_exists(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  return open ? counter().all_in(open->get()) : 0;
}

}  // namespace zoomin::files
