// SPDX-License-Identifier: MIT
// line_joiner: joins the records of each line, so that the lines of the two streams don't
// mix where they are shown together.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>

#include "container/log/record.hpp"

namespace zoomin::container {

class line_joiner {
 public:
  using taker = std::function<void(const record&)>;

  // Adds a record. Calls `take` with each line that is now complete. A line of more than
  // 1 MiB comes in several records. A line whose end was never written gets a newline
  // when the next line of its stream begins.
  void add(const record& part, const taker& take);
  // Calls `take` with the parts of lines that still wait for their end. Call it when no
  // more records can be read for now.
  void flush(const taker& take);

 private:
  struct line {
    std::string time{}, text{};
    bool begins = true;  // nothing of it was taken yet
    bool ends = true;
  };
  static void give(line& line, stream from, const taker& take);

  std::array<line, streams> lines_{};
};

}  // namespace zoomin::container
