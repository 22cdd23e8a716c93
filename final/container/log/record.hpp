// SPDX-License-Identifier: MIT
// record: one line of a container's log, the form in which output is kept. Pure text.
//
//   2026-01-31T12:00:00.000000001Z stdout F a whole line
//   2026-01-31T12:00:01.000000001Z stderr P the first part of ano
//   2026-01-31T12:00:02.000000001Z stderr F+ther line
//
// F ends with the line's own newline, behind P the newline is ours. A '+' says that the
// text goes on where the same stream's last record stopped, so that lost records never
// join lines that don't belong together. The head has one width: a record is found from
// the end of a file as from its beginning, and its time is compared as text.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace zoomin::container {

enum class stream : unsigned char { out, err, note };  // note: what zoomin has to say
constexpr std::size_t streams = 3;

constexpr std::size_t head_size = 40;
// Longer writes become several records, so that who reads them needs no more room.
constexpr std::size_t most_text = 64UL << 10;
constexpr std::size_t largest_record = head_size + most_text + 1;

struct record {
  std::string_view time;  // as events::timestamp_text() writes it
  stream from = stream::out;
  bool begins = true;  // a line
  bool ends = true;    // it, and then `text` has the newline
  std::string_view text{};
};

// All but the text.
std::array<char, head_size> head_of(const record& record);

// Reads a line with its newline; false where it is no record: damaged, or cut in its
// head. Millions are read, so the caller has the room for one.
bool parse_record(std::string_view line, record& record);

// Parses records as parse_record() does, for lines that follow each other: records that
// were written together have the same head, which is parsed once.
class record_parser {
 public:
  bool parse(std::string_view line, record& record);

 private:
  std::array<char, head_size> head_{};  // the last record's
  record last_{};
};

}  // namespace zoomin::container
