// SPDX-License-Identifier: MIT
#include "image/archive/gzip.hpp"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace zoomin::image {

struct gzip_writer::buffers {
  isal_zstream stream;
  std::array<std::uint8_t, ISAL_DEF_LVL2_DEFAULT> level;
  // The input is compressed in blocks of this size, since the result depends on them.
  std::array<std::uint8_t, 256UL << 10> input;
  std::size_t filled = 0;
  std::array<std::uint8_t, 256UL << 10> output;
};

gzip_writer::gzip_writer(sink to)
    : to_(std::move(to)), buffers_(std::make_unique<buffers>()) {
  auto& stream = buffers_->stream;
  isal_deflate_init(&stream);
  stream.gzip_flag = IGZIP_GZIP;
  stream.level = 2;
  stream.level_buf = buffers_->level.data();
  stream.level_buf_size = static_cast<std::uint32_t>(buffers_->level.size());
}

gzip_writer::~gzip_writer() = default;

void gzip_writer::add(std::span<const char> bytes) {
  while (!bytes.empty()) {
    auto& input = buffers_->input;
    const auto taken = std::min(bytes.size(), input.size() - buffers_->filled);
    std::copy_n(bytes.begin(), taken, input.begin() + buffers_->filled);
    buffers_->filled += taken;
    bytes = bytes.subspan(taken);
    if (buffers_->filled == input.size()) compress(false);
  }
}

void gzip_writer::finish() { compress(true); }

void gzip_writer::compress(bool last) {
  auto& [stream, level, input, filled, output] = *buffers_;
  stream.next_in = input.data();
  stream.avail_in = static_cast<std::uint32_t>(std::exchange(filled, 0));
  stream.end_of_stream = last ? 1 : 0;
  do {
    stream.next_out = output.data();
    stream.avail_out = static_cast<std::uint32_t>(output.size());
    if (isal_deflate(&stream) != COMP_OK)
      throw std::logic_error("isal_deflate refuses its parameters");
    to_({reinterpret_cast<const char*>(output.data()), output.size() - stream.avail_out});
  } while (stream.avail_out == 0);
}

}  // namespace zoomin::image
