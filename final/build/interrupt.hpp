// SPDX-License-Identifier: MIT
// interrupt: Ctrl-C during a build. The signals are blocked, signalfd(2), so that a build
// ends where it removes what it has begun.
#pragma once

#include <exception>

#include "common/fd.hpp"

namespace zoomin::build {

class interrupted : public std::exception {
 public:
  explicit interrupted(int signal) : signal_(signal) {}
  [[nodiscard]] int signal() const { return signal_; }
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }

 private:
  int signal_;
};

class interrupt {
 public:
  interrupt();
  interrupt(const interrupt&) = delete;
  interrupt& operator=(const interrupt&) = delete;

  // Returns a descriptor that is readable once a signal has arrived.
  [[nodiscard]] int fd() const { return fd_.get(); }
  // Throws interrupted if SIGINT, SIGTERM or SIGHUP has arrived.
  void check() const;

 private:
  unique_fd fd_;
};

}  // namespace zoomin::build
