// SPDX-License-Identifier: MIT
// table: rows in columns as Docker lays them out, for `ps` and `images`. Pure.
#pragma once

#include <string>
#include <vector>

namespace zoomin::cli {

// Formats a table whose first row is the heading. A column is as wide as its longest cell
// plus three, and at least ten; the last one isn't padded. Cells are printable().
std::string table_text(std::vector<std::vector<std::string>> rows);

// At most `most` characters of UTF-8, the last of them "…" where there were more.
std::string shortened(const std::string& text, std::size_t most);

}  // namespace zoomin::cli
