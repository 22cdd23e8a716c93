// SPDX-License-Identifier: MIT
// columns: how narrations and looks are laid out on a terminal. Pure text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace zoomin::columns {

// Of the terminal on stderr; else $COLUMNS, environ(7); else 100.
std::size_t width();

// Lines of at most `room` characters, broken at spaces, else behind '|', ',' or '/'. What
// can't be broken stays whole.
std::vector<std::string> wrap(std::string_view text, std::size_t room);

// One narrated request. An id of 64 hexadecimal digits is told by its first twelve. The
// host's side begins at the left, the container's is indented; the words have a column of
// their own, beside the call's last line where that ends early enough, else below it.
struct told {
  bool in_container = false;
  std::string number;  // "H1", "C12", "--"
  std::string call;
  std::string_view words;
};
std::string lay_out(const told& request, std::size_t width, bool colour);

// A remark, where calls begin.
std::string lay_out_note(bool in_container, std::string_view text, std::size_t width);

// Rows of cells, each column as wide as it must be while all fit, else wrapped.
std::string lay_out_table(std::vector<std::vector<std::string>> rows, std::size_t width);

}  // namespace zoomin::columns
