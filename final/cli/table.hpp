// SPDX-License-Identifier: MIT
// table: rows in columns as Docker lays them out, for `ps` and `images`. Pure.
#pragma once

#include <string>
#include <vector>

namespace zoomin::cli {

// The first row is the heading. Columns are as wide as their longest cell and three more,
// and at least ten; the last one is as long as it is. Control characters, with which an
// image or a container could write to the reader's terminal, are shown as '?'.
std::string table_text(const std::vector<std::vector<std::string>>& rows);

// At most `most` characters of UTF-8, the last of them "…" where there were more.
std::string shortened(const std::string& text, std::size_t most);

// Without what a terminal would take for an order.
std::string printable(std::string text);

}  // namespace zoomin::cli
