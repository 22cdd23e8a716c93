// SPDX-License-Identifier: MIT
// reader: reads a container's log while its writer may be writing: its records in
// their order, over all of its files, those of a line that is asked for.
//
// It share-locks the file it is in, so that rotation keeps that one and all later ones;
// a file is found again by what stat(2) says of it, since its name changes under the
// reader. The last lines are looked for from the end.
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

// Of lines: which count by the time at which they begin.
struct log_range {
  std::optional<std::uint64_t> last{};  // at most so many; empty: all
  std::string since{},
      until{};  // as events::timestamp_text() writes them; empty: no limit
};

class log_reader {
 public:
  // An empty log is as good as one that isn't there yet. Throws sys::error.
  log_reader(std::string directory, log_range range);

  // Gives each record from where the last call stopped to the log's end. Of a line whose
  // beginning is gone, the first record that is there `begins` it.
  void read(const std::function<void(const record&)>& take);
  // Whether a line was met that is later than `until`.
  [[nodiscard]] bool is_past() const { return is_past_; }

 private:
  struct log_file {
    unique_fd fd;
    dev_t device = 0;
    ino_t number = 0;
    [[nodiscard]] bool is_at(const std::string& path) const;
  };
  enum class line { unknown, shown, hidden };

  [[nodiscard]] std::optional<log_file> open(const std::string& path) const;
  [[nodiscard]] std::optional<log_file> open_oldest() const;
  [[nodiscard]] std::optional<log_file> before(const log_file& one) const;
  [[nodiscard]] std::optional<log_file> behind(const log_file& one, bool& lost) const;
  void seek_last(std::uint64_t lines);
  void read_file(const std::function<void(const record&)>& take);
  void give(std::string_view text, const std::function<void(const record&)>& take);
  [[nodiscard]] bool is_wanted(const record& first);

  std::string directory_;
  log_range range_;
  std::optional<log_file> file_;
  record_parser parser_;
  off_t at_ = 0;  // in it: where a record begins
  std::array<line, streams> lines_{};
  bool is_past_ = false;
};

}  // namespace zoomin::container
