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
#include <utility>

#include "base/event_stream.hpp"
#include "base/json.hpp"
#include "base/timestamp.hpp"
#include "common/fd.hpp"
#include "common/make_path.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::base {

using json = nlohmann::ordered_json;

namespace {

constexpr off_t max_bytes = 4L << 20;  // of one file; two files are kept

std::string directory() { return root_directory() + "/events"; }
std::string current_path() { return directory() + "/log"; }
std::string rotated_path() { return directory() + "/log.1"; }

struct stat stat_of(int fd) {
  struct stat info {};
  ::fstat(fd, &info);
  return info;
}

// Returns true if the file hasn't been rotated: its path still leads to it.
bool is_current(int fd) {
  struct stat there {};
  return ::stat(current_path().c_str(), &there) == 0 &&
         there.st_ino == stat_of(fd).st_ino;
}

unique_fd open_current(bool exclusive) {
  while (true) {
    unique_fd file = sys::open(current_path(), O_RDWR | O_APPEND | O_CREAT, 0600);
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
    if (failure.number() != EROFS || !sys::exists(current_path())) throw;
    return sys::open(current_path(), O_RDONLY);
  }
}

void rotate() {
  const auto file = open_current(true);
  if (stat_of(file.get()).st_size < max_bytes) return;  // another process has rotated it
  sys::check("rename", current_path(),
             [&] { return ::rename(current_path().c_str(), rotated_path().c_str()); });
}

// Opens the log for a writer. Makes the directory for the first event.
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
  sys::check("write", current_path(),
             [&] { return ::write(file.get(), line.data(), line.size()); });
  const bool is_long = ::lseek(file.get(), 0, SEEK_CUR) >= max_bytes;
  file.reset();
  if (is_long) rotate();
}

// Returns the event in the shape of Docker's API, which repeats some fields of containers
// and images for old clients.
json docker_json(const event& event, const timespec& now) {
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

// Converts a text of timestamp_text() back.
timespec time_of(const std::string& text) {
  struct tm parts {};
  const char* const fraction = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  return {.tv_sec = ::timegm(&parts),
          .tv_nsec = fraction == nullptr ? 0 : std::strtol(fraction + 1, nullptr, 10)};
}

bool is_past(const std::string& time) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return time <= timestamp_text(now);
}

}  // namespace

void emit(const event& event) noexcept {
  try {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    append(fmt::format("{} {}\n", timestamp_text(now),
                       base::json_text(docker_json(event, now))));
  } catch (const std::exception&) {
    // The disk may be full. The operation matters more than its event.
  }
}

void event_stream::lines::read(const std::function<void(std::string_view)>& each) {
  std::array<char, 64UL << 10> piece;
  ssize_t got = 0;
  while ((got = ::read(file.get(), piece.data(), piece.size())) > 0)
    text.append(piece.data(), static_cast<std::size_t>(got));
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos;
       begin = end + 1)
    each(std::string_view(text).substr(begin, end - begin));
  text.erase(0, begin);
}

// Opens both files under the lock, so that no rotation comes in between.
event_stream::event_stream(std::string since, std::string until)
    : since_(std::move(since)),
      until_(std::move(until)),
      current_{open_to_follow()},
      watch_(directory()) {
  if (since_.empty())
    ::lseek(current_.file.get(), 0, SEEK_END);
  else if (auto file = sys::open_if_exists(rotated_path(), O_RDONLY))
    rotated_ = lines{std::move(*file)};
  sys::check("flock", current_path(),
             [&] { return ::flock(current_.file.get(), LOCK_UN); });
  if (!until_.empty()) watch_.wake_at(time_of(until_));
}

void event_stream::pass_if_selected(std::string_view line, const handler& each) const {
  const auto time = line.substr(0, timestamp_size);
  if (line.size() <= timestamp_size || !is_timestamp(time)) return;
  if (!since_.empty() && time < since_) return;
  if (!until_.empty() && time > until_) return;
  each(time, line.substr(timestamp_size + 1));
}

bool event_stream::next(const handler& each) {
  watch_.clear();
  const bool over = !until_.empty() && is_past(until_);
  const auto take = [&](std::string_view line) { pass_if_selected(line, each); };
  if (rotated_) rotated_->read(take);
  rotated_.reset();
  while (true) {
    const bool last = is_current(current_.file.get());
    current_.read(take);
    if (last) return !over;
    current_ = {sys::open(current_path(), O_RDONLY | O_CREAT, 0600)};
  }
}

}  // namespace zoomin::base
