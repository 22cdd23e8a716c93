// SPDX-License-Identifier: MIT
#include "registry/upload.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "registry/challenge.hpp"

namespace zoomin::registry {

namespace {

constexpr std::uint64_t piece_bytes = 32UL << 20;
constexpr int most_breaks = 5;
constexpr std::chrono::milliseconds pause_after_break(200);

// Sends one blob; `location_` is where its next piece goes.
class blob_upload {
 public:
  blob_upload(session& to, connection& over, const image::descriptor& blob,
              std::string location)
      : to_(to),
        over_(over),
        blob_(blob),
        location_(std::move(location)),
        file_(sys::open(image::blob_path(blob.digest), O_RDONLY | O_NOFOLLOW)) {}

  void run(const std::function<void(std::uint64_t)>& moved) {
    while (blob_.size - sent_ > piece_bytes) {
      send_piece();
      moved(sent_);
    }
    finish();
    moved(blob_.size);
  }

 private:
  request piece(const char* method, std::uint64_t size) const {
    request wanted{method, location_, {"Content-Type: application/octet-stream"}};
    if (size > 0)
      wanted.headers.push_back(
          fmt::format("Content-Range: {}-{}", sent_, sent_ + size - 1));
    wanted.file = file_.get();
    wanted.offset = sent_;
    wanted.size = size;
    wanted.repeatable = false;
    return wanted;
  }

  void send_piece() {
    try {
      const auto answer = to_.send(over_, piece("PATCH", piece_bytes));
      if (answer->status() != 202) refuse(*answer, "send " + blob_.digest);
      take_location(*answer);
      sent_ += piece_bytes;
    } catch (const http_failure& failure) {
      if (!failure.is_passing || ++breaks_ > most_breaks) throw;
      over_.pause(pause_after_break * breaks_);
      find_position();
    }
  }

  // Asks how much the registry has, after a connection broke: "Range: 0-1023".
  void find_position() {
    const auto answer = to_.send(over_, {"GET", location_});
    if (answer->status() != 204) refuse(*answer, "continue to send " + blob_.digest);
    take_location(*answer);
    const std::string range = answer->header("range");
    const auto dash = range.find('-');
    const auto last = dash == std::string::npos
                          ? 0
                          : std::strtoull(range.c_str() + dash + 1, nullptr, 10);
    sent_ = last == 0 ? 0 : std::min<std::uint64_t>(last + 1, blob_.size);
  }

  // Sends the last piece together with the digest, which the registry verifies.
  void finish() {
    auto last = piece("PUT", blob_.size - sent_);
    last.url += (last.url.find('?') == std::string::npos ? "?" : "&");
    last.url += "digest=" + url_encoded(blob_.digest);
    const auto answer = to_.send(over_, last);
    if (answer->status() != 201) refuse(*answer, "send " + blob_.digest);
  }

  void take_location(const exchange& answer) {
    if (const auto next = answer.header("location"); !next.empty()) location_ = next;
  }

  session& to_;
  connection& over_;
  const image::descriptor& blob_;
  std::string location_;
  unique_fd file_;
  std::uint64_t sent_ = 0;
  int breaks_ = 0;
};

}  // namespace

blob_state upload(session& to, connection& over, const std::string& repository,
                  const image::descriptor& blob, const std::string& mount_from,
                  const std::function<void(std::uint64_t)>& moved) {
  const std::string blobs = fmt::format("/v2/{}/blobs/", repository);
  const auto there = to.send(over, {"HEAD", blobs + blob.digest})->status();
  if (there == 200) return blob_state::there;
  std::string url = blobs + "uploads/";
  if (!mount_from.empty())
    url += fmt::format("?mount={}&from={}", url_encoded(blob.digest),
                       url_encoded(mount_from));
  std::string location;
  {
    const auto begun = to.send(over, {"POST", url});
    if (begun->status() == 201) return blob_state::mounted;
    if (begun->status() != 202) refuse(*begun, "push to " + repository);
    location = begun->header("location");
  }
  blob_upload(to, over, blob, location).run(moved);
  return blob_state::sent;
}

}  // namespace zoomin::registry
