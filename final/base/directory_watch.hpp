// SPDX-License-Identifier: MIT
// directory_watch: waits for changes of a directory's files without polling: inotify(7).
// Logs and events are followed by it.
#pragma once

#include <string>

#include "common/fd.hpp"

namespace zoomin::base {

class directory_watch {
 public:
  // Construct it before the files are first read, so that no later change is missed.
  // Throws sys::error.
  explicit directory_watch(const std::string& directory);

  struct readiness {
    bool reader_is_gone = false;
    bool other_is_ready = false;
  };
  // Waits until a file has been written to, made or renamed, until the other end of the
  // descriptor `reader` is closed, until `other` (-1: none) is readable, or until the
  // time is over (-1: never).
  [[nodiscard]] readiness wait(int reader, int timeout_ms, int other = -1) const;

 private:
  unique_fd events_;
};

}  // namespace zoomin::base
