// SPDX-License-Identifier: MIT
#include "registry/download.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "common/error.hpp"

namespace zoomin::registry {

namespace {

// Limits the breaks without a byte in between, and all breaks of a transfer.
constexpr int max_breaks = 2, max_breaks_in_all = 20;
constexpr std::chrono::milliseconds pause_after_break(100);

}  // namespace

download::download(session& from, connection& to, const std::string& repository,
                   image::descriptor blob)
    : session_(from),
      connection_(to),
      path_(fmt::format("/v2/{}/blobs/{}", repository, blob.digest)),
      blob_(std::move(blob)) {}

// Requests the missing bytes. A server that doesn't support ranges sends all of them.
void download::open() {
  request get;
  get.url = path_;
  if (received_ > 0) get.headers.push_back(fmt::format("Range: bytes={}-", received_));
  current_ = session_.send(connection_, get);
  const long status = current_->status();
  if (status == 206) {
    const auto range = current_->header("content-range");
    if (!range.starts_with(fmt::format("bytes {}-", received_)))
      throw usage_error(fmt::format("{} {}: the registry sent the range \"{}\"",
                                    get.method, path_, range));
  } else if (status == 200) {
    skip(received_);
  } else {
    refuse(*current_, "fetch " + blob_.digest);
  }
}

void download::skip(std::uint64_t bytes) {
  std::array<char, 64UL << 10> ignored;
  while (bytes > 0) {
    const auto size = current_->read(
        std::span(ignored).first(std::min<std::uint64_t>(bytes, ignored.size())));
    if (size == 0) throw usage_error(path_ + ": the registry sent less than before");
    bytes -= size;
  }
}

// Reads the next bytes. Returns 0 at the end of the answer, even if the blob isn't
// complete.
std::size_t download::read_or_break(std::span<char> into) {
  try {
    if (!current_) open();
    return current_->read(into);
  } catch (const http_failure& failure) {
    const bool moved = std::exchange(received_before_, received_) != received_;
    breaks_ = moved ? 1 : breaks_ + 1;
    if (!failure.is_temporary || breaks_ > max_breaks ||
        ++breaks_in_all_ > max_breaks_in_all)
      throw;
    current_.reset();
    connection_.pause(pause_after_break * breaks_);
    return read_or_break(into);
  }
}

std::size_t download::read(std::span<char> into) {
  const auto size = read_or_break(into);
  received_ += size;
  if (received_ > blob_.size || (size == 0 && received_ != blob_.size))
    throw usage_error(fmt::format("{} has {} {} bytes, but the manifest says {}",
                                  blob_.digest, size == 0 ? "only" : "at least",
                                  received_, blob_.size));
  return size;
}

}  // namespace zoomin::registry
