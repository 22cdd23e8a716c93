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
constexpr int max_breaks = 5;
constexpr std::chrono::milliseconds pause_after_break(200);
constexpr std::chrono::seconds longest_wait(60);

// Sends one blob in pieces. If the connection breaks, asks the registry how much it has,
// and sends the rest. If the registry has forgotten the upload, sends all of it again.
class blob_upload {
 public:
  blob_upload(session& to, connection& over, std::string blobs,
              const image::descriptor& blob, std::string location)
      : to_(to),
        over_(over),
        blobs_(std::move(blobs)),
        blob_(blob),
        location_(std::move(location)),
        file_(sys::open(image::blob_path(blob.digest), O_RDONLY | O_NOFOLLOW)) {}

  void run(const std::function<void(std::uint64_t)>& moved) {
    while (!is_complete_) {
      if (!send_next()) resume();
      moved(sent_);
    }
  }

 private:
  // Sends the next piece. The last one goes with the digest, which the registry verifies.
  // Returns false if the registry may have only a part of the piece, or nothing.
  bool send_next() {
    const bool is_last = blob_.size - sent_ <= piece_bytes;
    const auto size = std::min(blob_.size - sent_, piece_bytes);
    max_sent_ = std::max(max_sent_, sent_ + size);
    try {
      const auto answer = to_.send(over_, is_last ? last_piece(size) : piece(size));
      if (answer->status() != (is_last ? 201 : 202)) return pause_if_busy(*answer);
      update_location(*answer);
      sent_ += size;
      is_complete_ = is_last;
      return true;
    } catch (const http_failure& failure) {
      if (!failure.is_temporary || ++breaks_ > max_breaks) throw;
    }
    over_.pause(pause_after_break * breaks_);
    return false;
  }

  [[nodiscard]] request piece(std::uint64_t size) const {
    request patch{"PATCH", location_, {"Content-Type: application/octet-stream"}};
    if (size > 0)
      patch.headers.push_back(
          fmt::format("Content-Range: {}-{}", sent_, sent_ + size - 1));
    patch.file = file_.get();
    patch.offset = sent_;
    patch.size = size;
    patch.repeatable = false;
    return patch;
  }

  [[nodiscard]] request last_piece(std::uint64_t size) const {
    request last = piece(size);
    last.method = "PUT";
    last.url += (last.url.find('?') == std::string::npos ? "?" : "&");
    last.url += "digest=" + url_encoded(blob_.digest);
    return last;
  }

  // Waits and returns false if the registry may take the piece later: it is busy, has
  // another position than we (416), or has forgotten the upload (404). Throws otherwise.
  bool pause_if_busy(exchange& answer) {
    const long status = answer.status();
    begins_later_ = status == 416 && sent_ == 0;
    const bool temporary = status == 404 || status == 416 || is_busy(status);
    const std::chrono::seconds requested(answer.retry_after_s());
    if (!temporary || requested > longest_wait || ++breaks_ > max_breaks)
      refuse(answer, "send " + blob_.digest);
    over_.pause(
        std::max<std::chrono::milliseconds>(requested, pause_after_break * breaks_));
    return false;
  }

  // Asks how much the registry has: "Range: 0-1023". If it doesn't know the upload, the
  // upload is complete or was forgotten.
  void resume() {
    auto answer = to_.send(over_, {"GET", location_});
    if (answer->status() == 404) {
      answer.reset();  // a connection has one exchange at a time
      return begin_again();
    }
    if (answer->status() != 204) refuse(*answer, "continue to send " + blob_.digest);
    update_location(*answer);
    const std::string range = answer->header("range");
    const auto dash = range.find('-');
    const auto last = dash == std::string::npos
                          ? 0
                          : std::strtoull(range.c_str() + dash + 1, nullptr, 10);
    // "0-0" stands for the first byte, and in many registries also for none. It is taken
    // for none, unless the registry has just refused the first byte.
    sent_ = last == 0 && !begins_later_ ? 0 : last + 1;
    if (sent_ > max_sent_)
      throw usage_error(fmt::format(
          "can't send {}: {} says that it has {} bytes, but only {} were sent",
          blob_.digest, to_.host(), sent_, max_sent_));
  }

  // Begins the upload again, unless the registry has the blob: then only its last answer
  // was lost.
  void begin_again() {
    is_complete_ = to_.send(over_, {"HEAD", blobs_ + blob_.digest})->status() == 200;
    if (is_complete_) return;
    const auto begun = to_.send(over_, {"POST", blobs_ + "uploads/"});
    if (begun->status() != 202) refuse(*begun, "send " + blob_.digest);
    update_location(*begun);
    sent_ = 0;
  }

  void update_location(const exchange& answer) {
    if (const auto next = answer.header("location"); !next.empty()) location_ = next;
  }

  session& to_;
  connection& over_;
  std::string blobs_;  // "/v2/REPOSITORY/blobs/"
  const image::descriptor& blob_;
  std::string location_;  // URL for the next piece
  unique_fd file_;
  std::uint64_t sent_ = 0, max_sent_ = 0;
  bool is_complete_ = false;
  bool begins_later_ = false;  // the registry refused a piece from byte 0 on with 416
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
  blob_upload(to, over, blobs, blob, location).run(moved);
  return blob_state::sent;
}

}  // namespace zoomin::registry
