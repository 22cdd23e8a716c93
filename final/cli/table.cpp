// SPDX-License-Identifier: MIT
#include "cli/table.hpp"

#include <algorithm>

namespace zoomin::cli {

namespace {

constexpr std::size_t least_width = 10, gap = 3;

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t characters(const std::string& text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues));
}

}  // namespace

std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; },
      '?');
  // The controls of ISO 6429 that are beyond ASCII: U+0080 to U+009F.
  for (std::size_t at = 0; at + 1 < text.size(); ++at)
    if (text[at] == '\xC2' && static_cast<unsigned char>(text[at + 1]) < 0xA0)
      text.replace(at, 2, "?");
  return text;
}

std::string shortened(const std::string& text, std::size_t most) {
  if (characters(text) <= most) return text;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end)
    if (!continues(text[end]) && ++seen == most) break;
  return text.substr(0, end) + "…";
}

std::string table_text(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), least_width);
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], characters(row[i]) + gap);
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += printable(row[i]);
      if (i + 1 < row.size()) text.append(widths[i] - characters(row[i]), ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace zoomin::cli
