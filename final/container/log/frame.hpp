// SPDX-License-Identifier: MIT
// frame: Docker's frames carry the output of a process without a terminal. A frame is a
// head of eight bytes, then the data.
//
//   one byte 1 or 2 for stdout or stderr, three bytes 0, four bytes for the size of the
//   data, the highest first
#pragma once

#include <array>
#include <cstddef>

#include "container/log/record.hpp"

namespace zoomin::container {

using frame_head = std::array<char, 8>;

constexpr frame_head frame_of(stream from, std::size_t size) {
  frame_head head{};
  head[0] = from == stream::out ? 1 : 2;
  for (std::size_t at = 4; at < head.size(); ++at)
    head[at] = static_cast<char>(size >> (8 * (7 - at)) & 0xff);
  return head;
}

constexpr stream stream_in(const frame_head& head) {
  return head[0] == 2 ? stream::err : stream::out;
}

constexpr std::size_t size_in(const frame_head& head) {
  std::size_t size = 0;
  for (std::size_t at = 4; at < head.size(); ++at)
    size = size << 8 | static_cast<unsigned char>(head[at]);
  return size;
}

static_assert(size_in(frame_of(stream::err, 0x01'fe'03'80)) == 0x01'fe'03'80);

}  // namespace zoomin::container
