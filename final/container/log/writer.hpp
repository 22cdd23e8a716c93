// SPDX-License-Identifier: MIT
// writer: writes a container's output to files in the container's directory: `log`, and
// the rotated files `log.1`, `log.2`, …, oldest first. The numbers keep growing.
// record.hpp describes their lines; reader.hpp reads them.
//
// Only the container's monitor writes. A reader holds a shared lock on the file that it
// reads, flock(2), and rotation keeps that file and all later ones, so that a follower
// loses nothing. A log that can't be written, such as on a full disk, never makes the
// container fail: the output is dropped, and a record reports how much as soon as the log
// can be written again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/fd.hpp"
#include "container/log/record.hpp"
#include "container/spec/log_config.hpp"

namespace zoomin::container {

class log_writer {
 public:
  // Opens a log and appends to it. Throws sys::error.
  explicit log_writer(std::string directory, log_config limits = {});
  log_writer(const log_writer&) = delete;
  log_writer& operator=(const log_writer&) = delete;
  ~log_writer();

  // Writes output as read(2) returned it: any number of lines, complete or not. Calls
  // with 64 KiB are efficient.
  void write(stream from, std::string_view bytes) noexcept;

 private:
  class batch;
  void open_file();
  void put(batch& records) noexcept;
  void lose(const batch& records, int reason) noexcept;
  void report_loss(std::string_view time) noexcept;
  void rotate() noexcept;
  [[nodiscard]] bool remove(log_number number) const noexcept;

  std::string directory_;
  log_config limits_;
  unique_fd file_;
  std::uint64_t size_ = 0;  // of `log`
  log_number oldest_ = 1;   // of the rotated files
  log_number next_ = 1;     // the number that `log` will get
  bool line_is_open_[streams] = {};
  std::uint64_t lost_ = 0;        // bytes of output, not yet reported
  int reason_ = 0;                // errno
  std::unique_ptr<char[]> room_;  // for the records of one write(2)
};

}  // namespace zoomin::container
