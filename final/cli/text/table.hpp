// SPDX-License-Identifier: MIT
// table: rows in columns as Docker lays them out, for `ps` and `images`. Pure.
#pragma once

#include <string>
#include <vector>

namespace zoomin::cli {

// Formats a table whose first row is the heading. A column is as wide as its longest cell
// plus three, and at least ten; the last one isn't padded. Cells are printable().
std::string table_text(std::vector<std::vector<std::string>> rows);

}  // namespace zoomin::cli
