// SPDX-License-Identifier: MIT
// output_queue: the output that a client has yet to read. Output that exceeds 1 MiB goes
// to a file without a name, so that a slow client loses nothing and delays no other
// client.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "common/fd.hpp"

namespace zoomin::container {

class output_queue {
 public:
  // The file is created in `directory`. If `directory` is empty, all output is kept in
  // memory.
  explicit output_queue(std::string directory = {}) : directory_(std::move(directory)) {}

  // Appends data. Throws sys::error if the disk is full.
  void append(std::string_view data);
  [[nodiscard]] bool empty() const { return sent_ == next_.size(); }
  // Returns the next chunk to send. It is empty only if the queue is empty.
  [[nodiscard]] std::string_view front() const {
    return std::string_view(next_).substr(sent_);
  }
  // Removes data that has been sent.
  void drop(std::size_t size);

 private:
  void refill();

  std::string directory_;
  std::string next_;
  std::size_t sent_ = 0;
  unique_fd rest_;  // the data after `next_`, from begin_ to end_
  off_t begin_ = 0, end_ = 0;
};

}  // namespace zoomin::container
