// SPDX-License-Identifier: MIT
#include "image/archive/gunzip.hpp"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <memory>
#include <vector>

#include "common/error.hpp"

namespace zoomin::image {

namespace {

constexpr std::size_t block_bytes = 256UL << 10;
constexpr std::uint8_t magic[] = {0x1f, 0x8b};

class inflater {
 public:
  inflater(byte_source compressed, std::string name)
      : compressed_(std::move(compressed)),
        name_(std::move(name)),
        block_(block_bytes),
        state_(std::make_unique<inflate_state>()) {
    isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_GZIP;  // it reads the header and verifies the checksum
  }

  std::size_t read(std::span<char> into) {
    state_->next_out = reinterpret_cast<std::uint8_t*>(into.data());
    state_->avail_out = static_cast<std::uint32_t>(into.size());
    while (state_->avail_out == into.size() && !ended_) step();
    return into.size() - state_->avail_out;
  }

 private:
  void step() {
    if (state_->block_state == ISAL_BLOCK_FINISH) return begin_member();
    const bool input = state_->avail_in > 0 || fill();
    const auto before = state_->avail_out;
    const int result = isal_inflate(state_.get());
    if (result == ISAL_INCORRECT_CHECKSUM) fail("its checksum is wrong");
    if (result != ISAL_DECOMP_OK) fail("gzip decompression failed");
    if (!input && state_->avail_out == before && state_->block_state != ISAL_BLOCK_FINISH)
      fail("unexpected end of file");
  }

  // Looks for another member after the last one, as gzip(1) does.
  void begin_member() {
    const bool more = (state_->avail_in > 0 || fill()) &&
                      state_->next_in[0] == magic[0] &&
                      (state_->avail_in == 1 || state_->next_in[1] == magic[1]);
    if (!more) {
      ended_ = true;
      return;
    }
    isal_inflate_reset(state_.get());
    state_->crc_flag = ISAL_GZIP;
  }

  bool fill() {
    const auto size = compressed_(block_);
    state_->next_in = reinterpret_cast<std::uint8_t*>(block_.data());
    state_->avail_in = static_cast<std::uint32_t>(size);
    return size > 0;
  }

  [[noreturn]] void fail(const char* why) const {
    throw usage_error(fmt::format("{}: not a valid archive: {}", name_, why));
  }

  byte_source compressed_;
  std::string name_;
  std::vector<char> block_;
  std::unique_ptr<inflate_state> state_;
  bool ended_ = false;
};

}  // namespace

byte_source gunzip(byte_source compressed, std::string name) {
  const auto reader = std::make_shared<inflater>(std::move(compressed), std::move(name));
  return [reader](std::span<char> into) { return reader->read(into); };
}

}  // namespace zoomin::image
