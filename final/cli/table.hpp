// SPDX-License-Identifier: MIT
// table: rows in columns as Docker lays them out, for `ps` and `images`. Pure.
#pragma once

#include <string>
#include <vector>

namespace zoomin::cli {

// The first row is the heading. Columns are as wide as their longest cell and three more,
// and at least ten; the last one is as long as it is. Cells are printable().
std::string table_text(std::vector<std::vector<std::string>> rows);

// At most `most` characters of UTF-8, the last of them "…" where there were more.
std::string shortened(const std::string& text, std::size_t most);

}  // namespace zoomin::cli
