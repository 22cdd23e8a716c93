// SPDX-License-Identifier: MIT
// reader: reads the records of a container's log in order, over all of its files, while a
// writer may be writing. Only the requested lines are returned.
//
// The reader holds a shared lock on the file that it reads, so that rotation keeps that
// file and all later ones. It recognises a file by its device and inode, since rotation
// renames it. The last lines are searched for from the end.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/fd.hpp"
#include "container/log/record.hpp"

namespace zoomin::container {

// Selects lines by their number and by the time at which they begin.
struct log_range {
  std::optional<std::uint64_t> last{};  // at most this many lines; empty: all
  std::string since{}, until{};  // in the form of base::timestamp_text(); empty: no limit
};

// Takes a record, whose texts are valid during the call. Returns false if it wants no
// more for now.
using record_visitor = std::function<bool(const record&)>;

class log_reader {
 public:
  // Opens a log. It may be empty or not exist yet. Throws sys::error.
  log_reader(std::string directory, log_range range);

  // Calls `visit` for each record that follows those of the last call, until it returns
  // false; the next call continues behind that record. Returns true if all records were
  // visited. If the beginning of a line is gone, its first remaining record has `begins`
  // set.
  bool read(const record_visitor& visit);
  // Returns true once a line later than `until` was found.
  [[nodiscard]] bool is_past() const { return is_past_; }

 private:
  struct log_file {
    unique_fd fd;
    dev_t device = 0;
    ino_t inode = 0;
    [[nodiscard]] bool is_at(const std::string& path) const;
  };
  enum class line { unknown, shown, hidden };

  [[nodiscard]] std::optional<log_file> open(const std::string& path) const;
  [[nodiscard]] std::optional<log_file> open_oldest() const;
  [[nodiscard]] std::optional<log_file> before(const log_file& file) const;
  [[nodiscard]] std::optional<log_file> after(const log_file& file, bool& lost) const;
  void seek_last(std::uint64_t lines);
  bool read_file(const record_visitor& visit);
  bool parse(std::string_view text, const record_visitor& visit);
  [[nodiscard]] bool is_selected(const record& first);

  std::string directory_;
  log_range range_;
  std::optional<log_file> file_;
  record_parser parser_;
  off_t at_ = 0;  // offset of a record in the file
  std::array<line, streams> lines_{};
  bool is_past_ = false;
};

}  // namespace zoomin::container
