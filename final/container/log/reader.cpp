// SPDX-License-Identifier: MIT
#include "container/log/reader.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::container {

namespace {

constexpr std::size_t buffer_size = 256UL << 10;
static_assert(buffer_size > max_record);

struct stat status_of(int fd) {
  struct stat found {};
  sys::check("fstat", "log", [&] { return ::fstat(fd, &found); });
  return found;
}

std::size_t read_at(int fd, char* to, std::size_t size, off_t at) {
  while (true) {
    const auto got = ::pread(fd, to, size, at);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw sys::error(errno, "pread", "log");
  }
}

// Calls `visit` with the lines before `end` and their offsets, the last one first, until
// it returns false. Skips a line that is longer than any record.
bool read_backward(int fd, off_t end,
                   const std::function<bool(std::string_view, off_t)>& visit) {
  std::string buffer(buffer_size, '\0');
  while (end > 0) {
    const off_t start = std::max<off_t>(0, end - static_cast<off_t>(buffer_size));
    const auto got =
        read_at(fd, buffer.data(), static_cast<std::size_t>(end - start), start);
    std::string_view text(buffer.data(), got);
    while (!text.empty()) {
      const auto before =
          text.size() < 2 ? std::string_view::npos : text.rfind('\n', text.size() - 2);
      if (before == std::string_view::npos && start > 0) break;
      const auto first = before == std::string_view::npos ? 0 : before + 1;
      if (!visit(text.substr(first), start + static_cast<off_t>(first))) return false;
      text = text.substr(0, first);
    }
    const bool found_none = text.size() == got;
    end = found_none ? start : start + static_cast<off_t>(text.size());
  }
  return true;
}

// Returns the numbers of the rotated files. If the container was removed meanwhile there
// are none, but the open file can still be read.
std::vector<log_number> rotated_if_any(const std::string& directory) {
  try {
    return rotated_logs(directory);
  } catch (const sys::error& failure) {
    if (failure.number() != ENOENT) throw;
    return {};
  }
}

}  // namespace

bool log_reader::log_file::is_at(const std::string& path) const {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && found.st_dev == device &&
         found.st_ino == inode;
}

log_reader::log_reader(std::string directory, log_range range)
    : directory_(std::move(directory)), range_(std::move(range)) {
  if (range_.last)
    seek_last(*range_.last);
  else
    file_ = open_oldest();
}

// Opens and locks a file. Returns nothing if it doesn't exist, or was removed before it
// was locked.
std::optional<log_reader::log_file> log_reader::open(const std::string& path) const {
  auto fd = sys::open_if_exists(path, O_RDONLY);
  if (!fd) return {};
  sys::check("flock", path, [&] { return ::flock(fd->get(), LOCK_SH); });
  const auto found = status_of(fd->get());
  if (found.st_nlink == 0) return {};
  return log_file{std::move(*fd), found.st_dev, found.st_ino};
}

std::optional<log_reader::log_file> log_reader::open_oldest() const {
  while (true) {
    const auto rotated = rotated_if_any(directory_);
    const auto oldest = rotated.empty() ? newest_log : rotated.front();
    if (auto file = open(log_path(directory_, oldest))) {
      const bool was_rotated =
          oldest == newest_log && !rotated_if_any(directory_).empty();
      if (!was_rotated) return file;
    } else if (oldest == newest_log && rotated_if_any(directory_).empty()) {
      return {};
    }
  }
}

std::optional<log_reader::log_file> log_reader::before(const log_file& file) const {
  auto rotated = rotated_if_any(directory_);
  const auto own = std::ranges::find_if(rotated, [&](log_number number) {
    return file.is_at(log_path(directory_, number));
  });
  if (own == rotated.begin()) return {};
  return open(log_path(directory_, *(own - 1)));
}

// Returns the file after `file`, or nothing if `file` is the newest one. Sets `lost` if
// `file` was removed in spite of the lock, perhaps with later files.
std::optional<log_reader::log_file> log_reader::after(const log_file& file,
                                                      bool& lost) const {
  while (true) {
    if (file.is_at(log_path(directory_, newest_log)) || !sys::exists(directory_))
      return {};
    const auto rotated = rotated_if_any(directory_);
    const auto own = std::ranges::find_if(rotated, [&](log_number number) {
      return file.is_at(log_path(directory_, number));
    });
    lost = own == rotated.end();
    if (lost && status_of(file.fd.get()).st_nlink > 0) continue;  // just renamed
    if (lost) return open_oldest();
    if (own + 1 != rotated.end()) {
      if (auto next = open(log_path(directory_, *(own + 1)))) return next;
      continue;
    }
    auto next = open(log_path(directory_, newest_log));
    const auto now = rotated_if_any(directory_);
    if (now.empty() || now.back() == rotated.back()) return next;
  }
}

// Moves to the beginning of the last `lines` lines. A line is counted at its first
// record.
void log_reader::seek_last(std::uint64_t lines) {
  file_ = open(log_path(directory_, newest_log));
  if (!file_) file_ = open_oldest();
  if (!file_) return;
  at_ = status_of(file_->fd.get()).st_size;
  lines_.fill(line::hidden);
  const auto count = [&](std::string_view text, off_t offset) {
    if (lines == 0) return false;
    record record;
    const bool is_record = parse_record(text, record);
    at_ = offset;
    if (!is_record || !record.begins) return true;
    if (range_.until.empty() || record.time <= range_.until) --lines;
    return true;
  };
  while (read_backward(file_->fd.get(), at_, count)) {
    auto older = before(*file_);
    if (!older) break;
    file_ = std::move(older);
    at_ = status_of(file_->fd.get()).st_size;
  }
  if (lines > 0) lines_.fill(line::unknown);  // the log's beginning
}

bool log_reader::read(const record_visitor& visit) {
  if (!file_) file_ = open_oldest();
  while (file_) {
    if (!read_file(visit)) return false;
    bool lost = false;
    auto next = after(*file_, lost);
    if (!next) return true;
    if (!read_file(visit)) return false;  // records written before it was renamed
    file_ = std::move(next);
    at_ = 0;
    if (lost) lines_.fill(line::unknown);
  }
  return true;
}

bool log_reader::read_file(const record_visitor& visit) {
  static thread_local std::string buffer(buffer_size, '\0');
  while (const auto got = read_at(file_->fd.get(), buffer.data(), buffer_size, at_)) {
    const std::string_view text(buffer.data(), got);
    auto complete = text.rfind('\n') + 1;
    if (complete == 0 && got < buffer_size) return true;  // an incomplete record
    if (complete == 0) complete = got;                    // not a record
    if (!parse(text.substr(0, complete), visit)) return false;
  }
  return true;
}

// Visits the records of `text`, which begins at `at_` in the file. `at_` is moved over a
// record before it is visited.
bool log_reader::parse(std::string_view text, const record_visitor& visit) {
  record record;
  while (!text.empty()) {
    const auto end = text.find('\n') + 1;
    const auto size = end == 0 ? text.size() : end;
    const bool is_record = parser_.parse(text.substr(0, size), record);
    text.remove_prefix(size);
    at_ += static_cast<off_t>(size);
    if (!is_record) continue;
    auto& line_state = lines_[static_cast<std::size_t>(record.from)];
    record.begins = record.begins || line_state == line::unknown;
    if (record.begins) line_state = is_selected(record) ? line::shown : line::hidden;
    if (line_state == line::shown && !visit(record)) return false;
  }
  return true;
}

bool log_reader::is_selected(const record& first) {
  const bool is_late = !range_.until.empty() && first.time > range_.until;
  is_past_ = is_past_ || is_late;
  return !is_late && (range_.since.empty() || first.time >= range_.since);
}

}  // namespace zoomin::container
