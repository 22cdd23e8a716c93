// SPDX-License-Identifier: MIT
#include "common/remove_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "common/descent.hpp"
#include "common/sys.hpp"

namespace zoomin::sys {

namespace {

// Removes everything it can, and continues after a failure.
class remover : public tree_walk {
 public:
  using tree_walk::tree_walk;
  int failure = 0;  // errno of the first failure

 private:
  bool meet(const char* name, unsigned char type) override {
    return type == DT_DIR || unlink(name, 0) == EISDIR;
  }
  void left(const std::string& name) override { unlink(name.c_str(), AT_REMOVEDIR); }
  void refused(const std::string& /*name*/, int number) override { note(number); }

  int unlink(const char* name, int flags) {
    if (::unlinkat(here(), name, flags) == 0) return 0;
    const int number = errno;
    if (number != EISDIR) note(number);
    return number;
  }

  // ENOENT is no failure: another process may be removing the same tree.
  void note(int number) {
    if (failure == 0 && number != ENOENT) failure = number;
  }
};

// Removes a tree, or a file that isn't a directory. Returns errno of the first failure,
// or 0.
int remove_all(const std::string& path) try {
  unique_fd top = open_below(AT_FDCWD, path.c_str());
  if (!top && errno == ENOENT) return 0;
  if (!top && (errno == ENOTDIR || errno == ELOOP))
    return ::unlink(path.c_str()) == 0 || errno == ENOENT ? 0 : errno;
  if (!top) return errno;
  remover walk(std::move(top));
  walk.run();
  if (walk.failure != 0) return walk.failure;
  const int result = ::rmdir(path.c_str());  // the call that is narrated
  return result == 0 || errno == ENOENT ? 0 : errno;
} catch (const error& failure) {
  return failure.number();
}

}  // namespace

void remove_tree(const why& reason, const std::string& path) {
  request(
      reason, "rmdir", [&] { return fmt::format("rmdir({})", quote(path)); },
      [&] { return path; },
      [&] {
        errno = remove_all(path);
        return errno == 0 ? 0 : -1;
      });
}

void remove_tree_or_warn(const std::string& path) {
  const int failure = remove_all(path);
  if (failure != 0)
    narration::warn(
        fmt::format("can't remove {}: {}", quote(path), std::strerror(failure)));
}

}  // namespace zoomin::sys
