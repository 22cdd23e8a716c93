// SPDX-License-Identifier: MIT
// directory_watch: a descriptor that becomes readable when a file of a directory changes:
// inotify(7), epoll(7). Commands follow logs and events with it, and needn't poll them.
#pragma once

#include <ctime>
#include <string>

#include "common/fd.hpp"

namespace zoomin::base {

class directory_watch {
 public:
  // Construct it before the files are first read, so that no later change is missed.
  // Throws sys::error.
  explicit directory_watch(const std::string& directory);

  // Adds another descriptor to wait for. Closing the descriptor removes it.
  void add(int descriptor) const;
  // Makes fd() readable at a time of CLOCK_REALTIME, or after some milliseconds.
  void wake_at(const timespec& time);
  void wake_after(int milliseconds);

  // Returns a descriptor for poll(2). It is readable after a file of the directory was
  // written, made or renamed, at the time set, and while an added descriptor is readable.
  [[nodiscard]] int fd() const { return epoll_.get(); }
  // Forgets changes. Call it before the files are read.
  void clear() const;

 private:
  void set_timer(const timespec& time, int flags);

  unique_fd changes_, timer_, epoll_;
};

}  // namespace zoomin::base
