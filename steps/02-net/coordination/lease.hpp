// SPDX-License-Identifier: MIT
// lease: who owns what on the host, told by file locks alone.
//
// Each file stands for one thing. Whoever holds its flock(2) owns the thing, and the
// kernel takes the lock away when the owner dies, however it dies: so nothing is owned by
// the dead, and two can't take over one dead owner's thing. The files are never unlinked
// (an unlinked file can be locked too, by someone who opened it before).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/fd.hpp"

namespace zoomin::net {

// A lock file, made where it doesn't exist. Its content outlives its owner, and tells the
// next one what is left to undo.
class lock_file {
 public:
  lock_file() = default;
  explicit lock_file(std::string path);

  bool try_lock(bool exclusive = true);
  void lock();  // waits
  void unlock();
  [[nodiscard]] std::string content() const;
  void write(const std::string& content);  // replaces the content
  void remove();                           // the file; for who knows that nobody waits
  explicit operator bool() const { return static_cast<bool>(fd_); }

 private:
  std::string path_;
  unique_fd fd_;
};

// Something on the host that several owners use: the first makes it, the last removes it.
// A shared lock is taking part; whoever gets it exclusively is alone. A second lock, the
// door, lets one at a time come or go.
class shared_object {
 public:
  // `come` runs at the door, and is given the record to read, and write. `alone`: nobody
  // takes part (any more), and what dead members left is still there.
  shared_object(const std::string& path,
                const std::function<void(lock_file& record, bool alone)>& come);
  shared_object(shared_object&&) noexcept = default;
  shared_object& operator=(shared_object&&) = delete;

  // `unmake` runs where nobody else takes part.
  void leave(const std::function<void(lock_file&)>& unmake);
  // Runs `unmake` for a caller that doesn't take part. Returns false, and doesn't run it,
  // where somebody does.
  static bool if_nobody(const std::string& path,
                        const std::function<void(lock_file&)>& unmake);
  // Holds the door as long as the result lives: nobody comes or goes, and of those who
  // ask for this only one goes on.
  [[nodiscard]] lock_file alone() const;
  [[nodiscard]] lock_file& record() { return members_; }

 private:
  std::string path_;
  lock_file members_;
};

}  // namespace zoomin::net
