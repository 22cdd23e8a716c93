// SPDX-License-Identifier: MIT
// columns: lays out narrations and looks for a terminal. It only formats text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace zoomin::columns {

// Returns the width of the terminal on stderr; without one $COLUMNS, environ(7), or 100.
std::size_t width();

// Breaks `text` into lines of at most `room` characters, at spaces, else behind '|', ','
// or '/'. A word that can't be broken stays whole.
std::vector<std::string> wrap(std::string_view text, std::size_t room);

// One narrated request.
struct request_line {
  bool in_container = false;
  std::string number;  // "H1", "C12", "--"
  std::string call;
  std::string_view words;
};
// Lays out a request: the host's side begins at the left, the container's is indented.
// The words have a column of their own, beside the call's last line if that ends early
// enough, else below it. An id of 64 hexadecimal digits is shortened to its first twelve.
std::string lay_out(const request_line& request, std::size_t width, bool colour);

// A line of the brief style, one mechanism.
struct brief_line {
  bool in_container = false;
  std::string calls;      // "7 x mkdir"
  std::string mechanism;  // its name, at the end of the line
  bool left_out = false;
};
// Lays out a line of the brief style: the calls, the words, the mechanism's name. Words
// that have no room are wrapped.
std::string lay_out_brief(const brief_line& line, std::string_view words,
                          std::size_t width, bool colour);
// Returns the heading of the brief style in programs with --skip.
std::string brief_heading(std::size_t width);
// Returns the width of the words in a line of the brief style. A long name takes some of
// it.
std::size_t room_for_words(std::size_t width, std::string_view mechanism = {});

// Returns the number of characters in UTF-8 text.
std::size_t length(std::string_view text);

// Lays out a remark; it begins in the column of the calls.
std::string lay_out_note(bool in_container, std::string_view text, std::size_t width);

// Lays out rows of cells. Columns have their natural widths if all fit; otherwise the
// widest are wrapped.
std::string lay_out_table(std::vector<std::vector<std::string>> rows, std::size_t width);

}  // namespace zoomin::columns
