// SPDX-License-Identifier: MIT
// event_stream: reads the events between two times, as they are written (events.hpp).
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

  // Returns a descriptor for poll(2), which is readable when next() may find more.
  [[nodiscard]] int fd() const { return watch_.fd(); }
  // Calls `each` with the time and JSON of each event since the last call. Returns false
  // once the time `until` has passed. Call it first, and whenever fd() is readable.
  using handler = std::function<void(std::string_view time, std::string_view json)>;
  bool next(const handler& each);

 private:
  // Reads the complete lines of a growing file.
  struct lines {
    unique_fd file;
    std::string text{};
    void read(const std::function<void(std::string_view)>& each);
  };
  void pass_if_selected(std::string_view line, const handler& each) const;

  std::string since_, until_;
  lines current_;
  directory_watch watch_;
  std::optional<lines> rotated_;  // the rotated file, until it has been read
};

}  // namespace zoomin::base
