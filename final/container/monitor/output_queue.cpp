// SPDX-License-Identifier: MIT
#include "container/monitor/output_queue.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "common/sys.hpp"

namespace zoomin::container {

namespace {

constexpr std::size_t max_in_memory = 1UL << 20;

}  // namespace

void output_queue::append(std::string_view data) {
  const bool fits = next_.size() - sent_ + data.size() <= max_in_memory;
  if (!rest_ && (fits || directory_.empty())) {
    next_ += data;
    return;
  }
  if (!rest_) rest_ = sys::open(directory_, O_RDWR | O_TMPFILE, 0600);
  while (!data.empty()) {
    const auto wrote = sys::check("pwrite", directory_, [&] {
      return ::pwrite(rest_.get(), data.data(), data.size(), end_);
    });
    end_ += wrote;
    data.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void output_queue::drop(std::size_t size) {
  sent_ += size;
  if (sent_ < next_.size()) return;
  next_.clear();
  sent_ = 0;
  if (rest_) refill();
}

// Loads the next chunk from the file. The file is closed when it has been read to its
// end.
void output_queue::refill() {
  next_.resize(std::min(max_in_memory, static_cast<std::size_t>(end_ - begin_)));
  const auto got = sys::check("pread", directory_, [&] {
    return ::pread(rest_.get(), next_.data(), next_.size(), begin_);
  });
  next_.resize(static_cast<std::size_t>(got));
  begin_ += got;
  if (begin_ < end_) return;
  rest_.reset();
  begin_ = end_ = 0;
}

}  // namespace zoomin::container
