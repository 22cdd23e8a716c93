// SPDX-License-Identifier: MIT
#include "container/log/writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <system_error>

#include "base/timestamp.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::container {

namespace {

// Limits the bytes of rotated files that a follower which has stopped reading can keep
// from being removed.
constexpr std::uint64_t kept_for_followers = 64UL << 20;

std::string time_now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return base::timestamp_text(now);
}

}  // namespace

// Collects records that are written with one write(2), because many small writes are
// slow.
class log_writer::batch {
 public:
  static constexpr std::size_t max_bytes = max_text + max_record;

  // Uses the memory of `buffer`, and allocates it if it is empty.
  batch(std::unique_ptr<char[]>& buffer, std::string_view time, stream from) {
    if (!buffer) buffer = std::make_unique_for_overwrite<char[]>(max_bytes);
    begin_ = buffer.get();
    for (const bool begins : {false, true})
      for (const bool ends : {false, true})
        heads_[index(begins, ends)] =
            head_of({.time = time, .from = from, .begins = begins, .ends = ends});
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool full() const { return size_ >= max_text; }
  [[nodiscard]] std::uint64_t bytes() const { return size_; }
  [[nodiscard]] std::uint64_t text_bytes() const {
    std::uint64_t result = 0;
    record record;
    for (std::string_view rest(begin_, size_); !rest.empty();) {
      const auto size = rest.find('\n') + 1;
      if (parse_record(rest.substr(0, size), record)) result += record.text.size();
      rest.remove_prefix(size);
    }
    return result;
  }

  // Appends a record. Call it only while the batch isn't full.
  void add(std::string_view text, bool begins) {
    const bool ends = text.back() == '\n';
    const auto& head = heads_[index(begins, ends)];
    char* const at = begin_ + size_;
    std::memcpy(at, head.data(), head_size);
    text.copy(at + head_size, text.size());
    size_ += head_size + text.size();
    if (!ends) begin_[size_++] = '\n';
  }

  ssize_t write_to(int fd) const { return ::write(fd, begin_, size_); }

  // Removes the complete records within the first `wrote` bytes, and returns their size.
  std::uint64_t take_written(std::size_t wrote) {
    const auto complete = std::string_view(begin_, wrote).rfind('\n') + 1;
    size_ -= complete;
    std::memmove(begin_, begin_ + complete, size_);
    return complete;
  }

  void clear() { size_ = 0; }

 private:
  static std::size_t index(bool begins, bool ends) {
    return (begins ? 2U : 0U) + (ends ? 1U : 0U);
  }

  std::array<std::array<char, head_size>, 4> heads_{};
  char* begin_;
  std::size_t size_ = 0;
};

log_writer::log_writer(std::string directory, log_config limits)
    : directory_(std::move(directory)), limits_(limits) {
  if (const auto rotated = rotated_logs(directory_); !rotated.empty()) {
    oldest_ = rotated.front();
    next_ = rotated.back() + 1;
  }
  open_file();
}

log_writer::~log_writer() {
  if (lost_ > 0) report_loss(time_now());
}

// Opens `log`, and ends its last record with a newline if a crash of the machine or a
// killed writer left it incomplete.
void log_writer::open_file() {
  const auto path = log_path(directory_, newest_log);
  file_ = sys::open(path, O_RDWR | O_APPEND | O_CREAT, 0600);
  struct stat found {};
  sys::check("fstat", path, [&] { return ::fstat(file_.get(), &found); });
  size_ = static_cast<std::uint64_t>(found.st_size);
  char last = '\n';
  if (size_ > 0 && ::pread(file_.get(), &last, 1, found.st_size - 1) == 1 &&
      last != '\n' && ::write(file_.get(), "\n", 1) == 1)
    ++size_;
}

void log_writer::write(stream from, std::string_view bytes) noexcept {
  const auto time = time_now();
  if (lost_ > 0) report_loss(time);
  batch records(room_, time, from);
  bool& is_open = line_is_open_[static_cast<std::size_t>(from)];
  while (!bytes.empty()) {
    const auto end = bytes.substr(0, max_text).find('\n');
    const auto text = bytes.substr(0, end == std::string_view::npos ? max_text : end + 1);
    const auto size = head_size + text.size() + (text.back() == '\n' ? 0 : 1);
    const auto filled = size_ + records.bytes();
    const bool rotates =
        limits_.max_size > 0 && filled > 0 && filled + size > limits_.max_size;
    if (records.full() || rotates) put(records);
    if (rotates) rotate();
    records.add(text, !is_open);
    is_open = text.back() != '\n';
    bytes.remove_prefix(text.size());
  }
  put(records);
}

// Writes the records. Truncates a record that was written only in part, so that the file
// always ends with a complete record.
void log_writer::put(batch& records) noexcept {
  while (!records.empty()) {
    if (!file_) errno = reason_;  // the error that open_file() met
    const auto wrote = file_ ? records.write_to(file_.get()) : -1;
    if (wrote == -1 && errno == EINTR) continue;
    if (wrote == -1) {
      lose(records, errno);
      break;
    }
    const auto complete = records.take_written(static_cast<std::uint64_t>(wrote));
    size_ += complete;
    if (records.empty()) break;
    if (::ftruncate(file_.get(), static_cast<off_t>(size_)) == -1 || complete == 0) {
      lose(records, ENOSPC);
      break;
    }
  }
  records.clear();
}

// Counts lost records. The next record begins a line, because a part of the line before
// is missing.
void log_writer::lose(const batch& records, int reason) noexcept {
  lost_ += records.text_bytes();
  reason_ = reason;
  std::ranges::fill(line_is_open_, false);
}

void log_writer::report_loss(std::string_view time) noexcept try {
  if (!file_) open_file();
  const auto text = fmt::format("{} bytes of output were lost here: {}\n", lost_,
                                std::system_category().message(reason_));
  std::unique_ptr<char[]> room;
  batch note(room, time, stream::note);
  note.add(text, true);
  const auto lost = std::exchange(lost_, 0);
  put(note);
  if (lost_ > 0) lost_ = lost;
} catch (const sys::error& failure) {  // there is still no file; a later call reports
  reason_ = failure.number();
}

// Rotates the log, and removes the oldest surplus files, up to the first one that a
// reader has locked.
void log_writer::rotate() noexcept try {
  if (::rename(log_path(directory_, newest_log).c_str(),
               log_path(directory_, next_).c_str()) == -1)
    return;
  ++next_;
  while (next_ - oldest_ + 1 > limits_.max_files && oldest_ < next_ && remove(oldest_))
    ++oldest_;
  file_.reset();
  size_ = 0;
  open_file();
} catch (const sys::error& failure) {
  reason_ = failure.number();
}

bool log_writer::remove(log_number number) const noexcept {
  const auto path = log_path(directory_, number);
  const auto keeps = kept_for_followers / limits_.max_size;
  if (next_ - number <= limits_.max_files + keeps) {
    const unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) == -1) return false;
  }
  return ::unlink(path.c_str()) == 0 || errno == ENOENT;
}

}  // namespace zoomin::container
