// SPDX-License-Identifier: MIT
// record: one line of a container's log, and the names of the log's files.
//
//   2026-01-31T12:00:00.000000001Z stdout F a whole line
//   2026-01-31T12:00:01.000000001Z stderr P the first part of ano
//   2026-01-31T12:00:02.000000001Z stderr F+ther line
//
// The newline after the text of F is part of the output; the newline after P is not. A
// '+' says that the text continues the last record of the same stream, so that lost
// records never join lines that don't belong together. The head has a fixed width, so
// that a record is found from the end of a file as well as from its beginning, and times
// compare as text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace zoomin::container {

enum class stream : unsigned char { out, err, note };  // note: messages of zoomin
constexpr std::size_t streams = 3;

constexpr std::size_t head_size = 40;
// Longer writes are split into several records, which bounds the memory of readers.
constexpr std::size_t max_text = 64UL << 10;
constexpr std::size_t max_record = head_size + max_text + 1;

struct record {
  std::string_view time;  // as base::timestamp_text() writes it
  stream from = stream::out;
  bool begins = true;  // is the first part of a line
  bool ends = true;    // is the last part of a line: `text` has the newline
  std::string_view text{};
};

// Returns the head of a record: everything before its text.
std::array<char, head_size> head_of(const record& record);

// Parses a line with its newline. Returns false if it isn't a record, because it is
// damaged or its head is truncated. The caller provides the record, since millions are
// parsed.
bool parse_record(std::string_view line, record& record);

// Parses consecutive records like parse_record(). Records that were written together have
// the same head, which is parsed only once.
class record_parser {
 public:
  bool parse(std::string_view line, record& record);

 private:
  std::array<char, head_size> head_{};  // the last record's
  record last_{};
};

// Identifies a file of a log. `log.1` is older than `log.2`, and `log` is the newest.
using log_number = std::uint64_t;
constexpr log_number newest_log = std::numeric_limits<log_number>::max();

std::string log_path(const std::string& directory, log_number number);

// Returns the numbers of the rotated files, oldest first.
std::vector<log_number> rotated_logs(const std::string& directory);

}  // namespace zoomin::container
