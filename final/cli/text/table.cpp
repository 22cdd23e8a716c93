// SPDX-License-Identifier: MIT
#include "cli/text/table.hpp"

#include <algorithm>

#include "base/printable.hpp"
#include "docker/units.hpp"

namespace zoomin::cli {

namespace {

using docker::characters;

constexpr std::size_t min_width = 10, gap = 3;

}  // namespace

std::string table_text(std::vector<std::vector<std::string>> rows) {
  for (auto& row : rows)
    for (auto& cell : row) cell = base::printable(cell);
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), min_width);
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], characters(row[i]) + gap);
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - characters(row[i]), ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace zoomin::cli
