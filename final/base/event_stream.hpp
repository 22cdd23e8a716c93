// SPDX-License-Identifier: MIT
// event_stream: the events from one time to another, as they come (events.hpp).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/directory_watch.hpp"
#include "common/fd.hpp"

namespace zoomin::base {

class event_stream {
 public:
  // The times are those of base/timestamp.hpp. An empty `since` starts with the next
  // event; an empty `until` never ends. Throws sys::error.
  event_stream(std::string since, std::string until);

  // Returns a descriptor for poll(2), which is readable when read() may find more.
  [[nodiscard]] int fd() const { return watch_.fd(); }
  // Calls `each` with the time and JSON of each event that there is. Returns false once
  // the time `until` has passed. Call it first, and whenever fd() is readable.
  using taker = std::function<void(std::string_view time, std::string_view json)>;
  bool read(const taker& each);
  // Waits until fd() is readable. Returns false if the other end of the descriptor
  // `reader` is closed instead.
  [[nodiscard]] bool wait(int reader) const { return watch_.wait(reader); }

 private:
  // A file that grows, of which complete lines are read.
  struct lines {
    unique_fd file;
    std::string text{};
    void read(const std::function<void(std::string_view)>& each);
  };
  void pass(std::string_view line, const taker& each) const;

  std::string since_, until_;
  lines now_;
  directory_watch watch_;
  std::optional<lines> old_;  // the file before, until it has been read
};

}  // namespace zoomin::base
