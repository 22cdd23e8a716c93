// SPDX-License-Identifier: MIT
// table: rows in columns as Docker lays them out, for `ps` and `images`. Pure.
#pragma once

#include <string>
#include <vector>

namespace zoomin::cli {

// Formats a table whose first row is the heading. A column is three characters wider than
// its longest cell, and at least ten wide; the last column isn't padded. Cells pass
// through base::printable().
std::string table_text(std::vector<std::vector<std::string>> rows);

}  // namespace zoomin::cli
