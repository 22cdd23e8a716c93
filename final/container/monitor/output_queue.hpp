// SPDX-License-Identifier: MIT
// output_queue: what is still to be sent to one reader. What memory isn't to hold goes to
// a file without a name: a slow reader loses nothing, and nobody waits for it.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "common/fd.hpp"

namespace zoomin::container {

class output_queue {
 public:
  // `directory`: where that file would be; empty: all is held in memory.
  explicit output_queue(std::string directory = {}) : directory_(std::move(directory)) {}

  // Throws sys::error where the disk is full.
  void append(std::string_view data);
  [[nodiscard]] bool empty() const { return sent_ == next_.size(); }
  // What comes next, some of it; not empty unless all is.
  [[nodiscard]] std::string_view front() const {
    return std::string_view(next_).substr(sent_);
  }
  // So much of it has been sent.
  void drop(std::size_t size);

 private:
  void refill();

  std::string directory_;
  std::string next_;
  std::size_t sent_ = 0;
  unique_fd rest_;  // what comes after `next_`, and where it begins and ends in there
  off_t begin_ = 0, end_ = 0;
};

}  // namespace zoomin::container
