// SPDX-License-Identifier: MIT
// writer: what a container wrote, kept in files of its directory: `log`, and the rotated
// ones, `log.1` the oldest, `log.2`, … (the numbers go on growing). Their lines are
// told in log_record.hpp; log_reader.hpp reads them.
//
// One process writes, the container's monitor. A reader share-locks the file it is
// reading, flock(2), and rotation keeps that file and all later ones, so that a follower
// loses nothing. A log that can't be written to any more (a full disk) never fails: the
// output is dropped, and once there is room again a record of the log says how much.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/fd.hpp"
#include "container/log/files.hpp"
#include "container/log/record.hpp"
#include "container/spec/log_limits.hpp"

namespace zoomin::container {

class log_writer {
 public:
  // Goes on behind what is there. Throws sys::error.
  explicit log_writer(std::string directory, log_limits limits = {});
  log_writer(const log_writer&) = delete;
  log_writer& operator=(const log_writer&) = delete;
  ~log_writer();

  // As read(2) from the container gave it: any number of lines, whole or not. A read of
  // 64 KiB at a time serves well.
  void write(stream from, std::string_view bytes) noexcept;

 private:
  class batch;
  void open_file();
  void put(batch& records) noexcept;
  void lose(const batch& records, int reason) noexcept;
  void tell_loss(std::string_view time) noexcept;
  void rotate() noexcept;
  [[nodiscard]] bool remove(log_number number) const noexcept;

  std::string directory_;
  log_limits limits_;
  unique_fd file_;
  std::uint64_t size_ = 0;  // of `log`
  log_number oldest_ = 1;   // of the rotated ones
  log_number next_ = 1;     // the number that `log` will get
  bool line_is_open_[streams] = {};
  std::uint64_t lost_ = 0;        // bytes of output, not yet told
  int reason_ = 0;                // errno
  std::unique_ptr<char[]> room_;  // for the records of one write(2)
};

}  // namespace zoomin::container
