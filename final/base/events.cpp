// SPDX-License-Identifier: MIT
#include "base/events.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <optional>

#include "base/directory_watch.hpp"
#include "base/json.hpp"
#include "base/timestamp.hpp"
#include "common/fd.hpp"
#include "common/make_path.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::base {

using json = nlohmann::ordered_json;

namespace {

constexpr off_t most_bytes = 4L << 20;  // of one file; two files are kept

std::string directory() { return root_directory() + "/events"; }
std::string current() { return directory() + "/log"; }
std::string before() { return directory() + "/log.1"; }

struct stat stat_of(int fd) {
  struct stat info {};
  ::fstat(fd, &info);
  return info;
}

// Returns whether the path still leads to this file.
bool is_current(int fd) {
  struct stat there {};
  return ::stat(current().c_str(), &there) == 0 && there.st_ino == stat_of(fd).st_ino;
}

unique_fd open_current(bool exclusive) {
  while (true) {
    unique_fd file = sys::open(current(), O_RDWR | O_APPEND | O_CREAT, 0600);
    sys::lock(file.get(), exclusive);
    if (is_current(file.get())) return file;
  }
}

// Opens the log for a reader. On a read-only file system earlier events can still be
// read.
unique_fd open_to_follow() {
  try {
    sys::make_path(directory(), root_directory(), 0700);
    return open_current(false);
  } catch (const sys::error& failure) {
    if (failure.number() != EROFS || !sys::exists(current())) throw;
    return sys::open(current(), O_RDONLY);
  }
}

void rotate() {
  const auto file = open_current(true);
  if (stat_of(file.get()).st_size < most_bytes) return;  // another process has rotated it
  sys::check("rename", current(),
             [&] { return ::rename(current().c_str(), before().c_str()); });
}

// Opens the log for a writer. The first event makes the directory.
unique_fd open_to_append() {
  try {
    return open_current(false);
  } catch (const sys::error& failure) {
    if (failure.number() != ENOENT) throw;
  }
  sys::make_path(directory(), root_directory(), 0700);
  return open_current(false);
}

// Appends with one write(2), so that lines of several writers don't mix: O_APPEND. The
// file position is then the end of the line.
void append(const std::string& line) {
  auto file = open_to_append();
  sys::check("write", current(),
             [&] { return ::write(file.get(), line.data(), line.size()); });
  const bool is_long = ::lseek(file.get(), 0, SEEK_CUR) >= most_bytes;
  file.reset();
  if (is_long) rotate();
}

// Returns the event in the shape of Docker's API, which repeats some fields for
// containers and images for the sake of old clients.
json shaped(const event& event, const timespec& now) {
  json shape = json::object();
  const std::string_view type = event.type;
  if (type == "container" || type == "image")
    shape = {{"status", event.action}, {"id", event.id}};
  json about = json::object();
  for (const auto& [key, value] : event.about) about[key] = value;
  if (type == "container") shape["from"] = about["image"];
  constexpr std::int64_t billion = 1'000'000'000;
  shape.update({{"Type", event.type},
                {"Action", event.action},
                {"Actor", {{"ID", event.id}, {"Attributes", std::move(about)}}},
                {"scope", "local"},
                {"time", now.tv_sec},
                {"timeNano", now.tv_sec * billion + now.tv_nsec}});
  return shape;
}

// Reads complete lines of a file that grows.
class lines {
 public:
  explicit lines(unique_fd file) : file_(std::move(file)) {}

  template <typename Each>
  void read(const Each& each) {
    std::array<char, 64UL << 10> piece;
    ssize_t got = 0;
    while ((got = ::read(file_.get(), piece.data(), piece.size())) > 0)
      text_.append(piece.data(), static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = text_.find('\n', begin)) != std::string::npos;
         begin = end + 1)
      each(std::string_view(text_).substr(begin, end - begin));
    text_.erase(0, begin);
  }
  [[nodiscard]] bool is_current() const { return base::is_current(file_.get()); }

 private:
  unique_fd file_;
  std::string text_;
};

// Returns the time left for poll(2); empty if the time has passed.
std::optional<int> milliseconds_until(const std::string& time_text) {
  if (time_text.empty()) return -1;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  if (time_text <= timestamp_text(now)) return std::nullopt;
  struct tm parts {};
  const char* const fraction = ::strptime(time_text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  const long nanoseconds =
      fraction == nullptr ? 0 : std::strtol(fraction + 1, nullptr, 10);
  constexpr std::int64_t longest_ms = 3'600'000;
  const auto left_ms = (::timegm(&parts) - now.tv_sec) * 1000 +
                       (nanoseconds - now.tv_nsec) / 1'000'000 + 1;
  return static_cast<int>(std::clamp<std::int64_t>(left_ms, 1, longest_ms));
}

}  // namespace

void emit(const event& event) noexcept {
  try {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    append(
        fmt::format("{} {}\n", timestamp_text(now), base::json_text(shaped(event, now))));
  } catch (const std::exception&) {
    // The disk may be full. The operation matters more than its event.
  }
}

void follow(const std::string& since, const std::string& until, int reader,
            const std::function<void(std::string_view, std::string_view)>& each) {
  const auto pass = [&](std::string_view line) {
    const auto time = line.substr(0, timestamp_size);
    if (line.size() <= timestamp_size || !is_timestamp(time)) return;
    if (!since.empty() && time < since) return;
    if (!until.empty() && time > until) return;
    each(time, line.substr(timestamp_size + 1));
  };
  auto file = open_to_follow();
  const base::directory_watch watch(directory());
  if (!since.empty())
    if (auto old = sys::open_if_exists(before(), O_RDONLY))
      lines(std::move(*old)).read(pass);
  if (since.empty()) ::lseek(file.get(), 0, SEEK_END);
  sys::check("flock", current(), [&] { return ::flock(file.get(), LOCK_UN); });
  lines now(std::move(file));
  while (true) {
    const bool last = now.is_current();
    now.read(pass);
    if (!last) {
      now = lines(sys::open(current(), O_RDONLY | O_CREAT, 0600));
      continue;
    }
    const auto left_ms = milliseconds_until(until);
    if (!left_ms || watch.wait(reader, *left_ms).reader_is_gone) return;
  }
}

}  // namespace zoomin::base
