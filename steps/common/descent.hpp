// SPDX-License-Identifier: MIT
// descent: a way down a directory tree of any depth, by descriptors, of which only the
// lowest few stay open.
//
// A path has at most 4,096 bytes and a process often 1,024 descriptors, but directories
// can be nested deeper than either: mkdirat(2) in each of them. So the descriptor of a
// directory far above is closed, and opened again as ".." of the one below when the walk
// comes back. That must be the same directory; otherwise somebody has moved the one
// below, and the walk can't go on.
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
  // `top` was opened with O_DIRECTORY.
  explicit descent(unique_fd top);

  // Returns the directory that was reached. It is borrowed, until the next enter() or
  // leave().
  [[nodiscard]] int here() const { return levels_.back().directory.get(); }
  [[nodiscard]] std::size_t depth() const { return levels_.size() - 1; }  // 0: the top

  // Goes down into a directory that was opened below here().
  void enter(unique_fd below);
  // Goes up again, never from the top. Throws sys::error with ESTALE if the directory was
  // moved meanwhile.
  void leave();

 private:
  struct level {
    unique_fd directory;  // empty while it is closed
    std::pair<dev_t, ino_t> identity{};
  };
  std::vector<level> levels_;
};

// Visits all that a directory holds, at any depth and without recursion: first each name
// in a directory, then, one by one, the directories among them.
class tree_walk {
 public:
  explicit tree_walk(unique_fd top) : down_(std::move(top)) {}
  tree_walk(const tree_walk&) = delete;
  tree_walk& operator=(const tree_walk&) = delete;
  virtual ~tree_walk() = default;
  void run();

 protected:
  [[nodiscard]] int here() const { return down_.here(); }

  // Visits a name in here(); `type` is as readdir(3) has it. Returns true for a directory
  // that the walk is to enter.
  virtual bool meet(const char* name, unsigned char type) = 0;
  // The walk came into the directory `name`, which is here() now.
  virtual void entered(const std::string& /*name*/) {}
  // Is called once all that here() holds was visited, for the top as well.
  virtual void leaving() {}
  // The walk came back from the directory `name` to here(), the one around it.
  virtual void left(const std::string& /*name*/) {}
  // A directory in here() can't be opened, for this errno.
  virtual void refused(const std::string& name, int number) = 0;

 private:
  void visit();
  void go_down();

  descent down_;
  std::vector<std::vector<std::string>> to_enter_;  // for each level, names left there
};

// Opens a directory for reading by its name below another one, never through a symbolic
// link. The result is empty, with errno set, if that fails.
unique_fd open_below(int directory, const char* name);

// Calls `each` with every name in a directory, without "." and "..", and with its type
// as readdir(3) has it (DT_UNKNOWN on some file systems). Reads on from the descriptor's
// offset. Throws sys::error.
void for_each_name(int directory,
                   const std::function<void(const char* name, unsigned char type)>& each);

// Does what sys::remove_tree() does, for the remains of somebody else: a failure is only
// a warning, so that these never stop a command that is about something else.
void remove_tree_or_warn(const std::string& path);

}  // namespace zoomin::sys
