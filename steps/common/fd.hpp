// SPDX-License-Identifier: MIT
// fd: a file descriptor with one owner.
//
// Throughout this code a descriptor passed as `int` is borrowed, a unique_fd is owned.
// Every descriptor is opened close-on-exec: open(2), O_CLOEXEC.
#pragma once

#include <unistd.h>

#include <utility>

namespace zoomin {

class unique_fd {
 public:
  unique_fd() noexcept = default;
  explicit unique_fd(int fd) noexcept : fd_(fd) {}
  unique_fd(unique_fd&& other) noexcept : fd_(other.release()) {}
  unique_fd(const unique_fd&) = delete;
  unique_fd& operator=(const unique_fd&) = delete;
  unique_fd& operator=(unique_fd&& other) noexcept {
    unique_fd old(std::exchange(fd_, other.release()));
    return *this;
  }
  // close(2) frees the number even when it fails with EINTR, so it is never retried.
  ~unique_fd() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept { *this = unique_fd(); }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace zoomin
