// SPDX-License-Identifier: MIT
// table: rows in columns as Docker lays them out, for `ps` and `images`. Pure.
#pragma once

#include <string>
#include <vector>

namespace zoomin::cli {

// Formats a table whose first row is the heading. A column is as wide as its longest cell
// plus three, and at least ten; the last one isn't padded. Cells are printable().
std::string table_text(std::vector<std::vector<std::string>> rows);

// Cuts the text to at most `most` characters of UTF-8. If it is cut, the last one is "…".
std::string shortened(const std::string& text, std::size_t most);

}  // namespace zoomin::cli
