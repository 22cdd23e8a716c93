// SPDX-License-Identifier: MIT
// cancellation: asks long work, such as a build or a pull, to end early and to remove
// what it has begun. Whoever does the work asks requested() between two pieces of it, and
// polls fd() while it waits. On the command line Ctrl-C requests the end:
// cli/stop_signals.hpp.
#pragma once

#include <atomic>
#include <exception>

#include "common/fd.hpp"

namespace zoomin::base {

// Reports that work has ended early because this was requested.
class cancelled : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "cancelled"; }
};

class cancellation {
 public:
  cancellation();
  cancellation(const cancellation&) = delete;
  cancellation& operator=(const cancellation&) = delete;

  // Requests the end, for good. May be called by another thread or a signal handler.
  void request() noexcept;

  [[nodiscard]] bool requested() const { return requested_; }
  // Returns a descriptor for poll(2), which is readable once the end is requested.
  [[nodiscard]] int fd() const { return event_.get(); }
  // Throws cancelled if the end is requested.
  void check() const;
  // Waits until the descriptor `input` is readable. Throws cancelled.
  void wait_for(int input) const;

  // Gives a copy of this process, fork(2), a descriptor of its own. Until then a request
  // in one of the two makes the descriptor of both readable.
  void separate();

 private:
  unique_fd event_;
  std::atomic<bool> requested_ = false;
};

}  // namespace zoomin::base
