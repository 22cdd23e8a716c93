// SPDX-License-Identifier: MIT
// descent: walks a directory tree of any depth by descriptors, of which only the lowest
// few stay open.
//
// A path has at most 4,096 bytes and a process often at most 1,024 descriptors, but
// directories can be nested deeper than either: mkdirat(2) in each of them. So the
// descriptor of a directory far above is closed, and opened again as ".." of its child
// when the walk comes back. If that isn't the same directory, the child was moved
// meanwhile, and the walk fails.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::sys {

class descent {
 public:
  // Starts at `top`, which was opened with O_DIRECTORY.
  explicit descent(unique_fd top);

  // Returns the current directory. The descriptor is borrowed until the next enter() or
  // leave().
  [[nodiscard]] int here() const { return levels_.back().directory.get(); }
  [[nodiscard]] std::size_t depth() const { return levels_.size() - 1; }  // 0: the top

  // Goes down into a directory that was opened below here().
  void enter(unique_fd below);
  // Goes up to the parent; must not be called at the top. Throws sys::error with ESTALE
  // if the directory was moved meanwhile.
  void leave();

 private:
  struct level {
    unique_fd directory;  // empty while it is closed
    std::pair<dev_t, ino_t> identity{};
  };
  std::vector<level> levels_;
};

// Visits everything below a directory, at any depth and without recursion: first each
// name in a directory, then its subdirectories one after the other.
class tree_walk {
 public:
  explicit tree_walk(unique_fd top) : down_(std::move(top)) {}
  tree_walk(const tree_walk&) = delete;
  tree_walk& operator=(const tree_walk&) = delete;
  virtual ~tree_walk() = default;
  void run();

 protected:
  [[nodiscard]] int here() const { return down_.here(); }

  // Visits a name in here(); `type` is d_type of readdir(3). Returns true for a directory
  // that the walk is to enter.
  virtual bool meet(const char* name, unsigned char type) = 0;
  // Is called when the walk has entered the directory `name`, which is now here().
  virtual void entered(const std::string& /*name*/) {}
  // Is called when everything in here() was visited, for the top as well.
  virtual void leaving() {}
  // Is called when the walk has left the directory `name`; here() is its parent again.
  virtual void left(const std::string& /*name*/) {}
  // Is called when the directory `name` in here() can't be opened; `number` is the errno.
  virtual void refused(const std::string& name, int number) = 0;

 private:
  void visit();
  void go_down();

  descent down_;
  std::vector<std::vector<std::string>> to_enter_;  // for each level, names left there
};

// Opens the directory `name` in `directory` for reading, never through a symbolic link.
// Returns an empty descriptor, with errno set, if that fails.
unique_fd open_below(int directory, const char* name);

// Calls `each` for every name in a directory except "." and "..", with its d_type of
// readdir(3) (DT_UNKNOWN on some file systems). Starts at the descriptor's offset. Throws
// sys::error.
void for_each_name(int directory,
                   const std::function<void(const char* name, unsigned char type)>& each);

}  // namespace zoomin::sys
