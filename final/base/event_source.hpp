// SPDX-License-Identifier: MIT
// event_source: what an owner does beside its session, in the same poll(2).
#pragma once

#include <poll.h>

#include <chrono>
#include <optional>
#include <vector>

namespace zoomin::container {

class companion {
 public:
  using clock = std::chrono::steady_clock;

  companion() = default;
  companion(const companion&) = delete;
  companion& operator=(const companion&) = delete;
  virtual ~companion() = default;

  // What wakes the owner: these, and a moment.
  [[nodiscard]] virtual std::vector<pollfd> descriptors() const = 0;
  [[nodiscard]] virtual std::optional<clock::time_point> wake_at() const = 0;
  // Is asked each time, and doesn't wait.
  virtual void turn() = 0;
};

}  // namespace zoomin::container
