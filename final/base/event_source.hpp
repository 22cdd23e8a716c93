// SPDX-License-Identifier: MIT
// event_source: something that the monitor's event loop waits for in addition to its
// clients, in the same poll(2).
#pragma once

#include <poll.h>

#include <chrono>
#include <optional>
#include <vector>

namespace zoomin::base {

class event_source {
 public:
  using clock = std::chrono::steady_clock;

  event_source() = default;
  event_source(const event_source&) = delete;
  event_source& operator=(const event_source&) = delete;
  virtual ~event_source() = default;

  // Return the descriptors and the deadline that wake the loop.
  [[nodiscard]] virtual std::vector<pollfd> descriptors() const = 0;
  [[nodiscard]] virtual std::optional<clock::time_point> deadline() const = 0;
  // Is called after each poll(2). Handles what is ready, and doesn't block.
  virtual void dispatch() = 0;
};

}  // namespace zoomin::base
