// SPDX-License-Identifier: MIT
#include "common/columns.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace zoomin::columns {

namespace {

constexpr std::size_t least = 40, by_default = 100;
constexpr std::size_t number_width = 4, hanging = 2, gap = 2;

std::size_t margin(bool in_container) { return in_container ? 10 : 1; }

// The columns of the brief style: the calls begin behind the side's letter, and the
// mechanism's name ends the line.
constexpr std::size_t brief_calls = 15, brief_name = 12;

std::size_t brief_margin(bool in_container) { return in_container ? 3 : 1; }
std::size_t brief_words_column() { return brief_margin(true) + 3 + brief_calls; }

// Returns the column at which the words begin. The calls get three fifths of the width.
std::size_t words_column(std::size_t width) {
  return width >= 120 ? 72 : std::max<std::size_t>(24, width * 3 / 5);
}

// Returns the offset at which to break `text`, which is longer than `room`.
std::size_t break_in(std::string_view text, std::size_t room) {
  auto space = text.rfind(' ', room);
  if (space != std::string_view::npos && space > 1 && text[space - 1] == '=')
    space = text.rfind(' ', space - 1);  // "= 41873" stays together
  if (space != std::string_view::npos && space > room / 3) return space;
  if (const auto mark = text.find_last_of("|,/", room - 1);
      mark != std::string_view::npos && mark > room / 3)
    return mark + 1;
  const auto any = text.find(' ');
  return any == std::string_view::npos ? text.size() : any;
}

// Shrinks the widths of columns until their sum is at most `room`, the widest first.
std::vector<std::size_t> fitted(std::vector<std::size_t> widths, std::size_t room) {
  const auto sum = [&] {
    return std::accumulate(widths.begin(), widths.end(), std::size_t{0});
  };
  while (sum() > room) {
    auto& widest = *std::ranges::max_element(widths);
    if (widest <= 12) break;
    --widest;
  }
  return widths;
}

// Shortens each run of 64 or more hexadecimal digits, an id, to its first twelve.
std::string abbreviated(std::string_view text) {
  constexpr std::size_t full_length = 64, short_length = 12;
  std::string result;
  while (!text.empty()) {
    const auto end = text.find_first_not_of("0123456789abcdef");
    const std::size_t digits = std::min(end, text.size());
    result += digits < full_length ? std::string(text.substr(0, digits))
                                   : fmt::format("{}...", text.substr(0, short_length));
    text.remove_prefix(digits);
    if (!text.empty()) result += text[0];
    text.remove_prefix(std::min<std::size_t>(1, text.size()));
  }
  return result;
}

std::string painted(std::string_view text, const char* style, bool colour) {
  return colour ? fmt::format("\033[{}m{}\033[0m", style, text) : std::string(text);
}

const char* style_of(bool left_out, bool in_container) {
  return left_out ? "31" : in_container ? "32" : "36";
}

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::size_t width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= least)
    return size.ws_col;
  const char* columns = std::getenv("COLUMNS");
  const std::size_t width = columns == nullptr ? 0 : std::strtoul(columns, nullptr, 10);
  return width >= least && width < 1000 ? width : by_default;
}

std::vector<std::string> wrap(std::string_view text, std::size_t room) {
  std::vector<std::string> lines;
  while (text.size() > room) {
    const std::size_t end = break_in(text, room);
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

std::string lay_out(const request_line& request, std::size_t width, bool colour) {
  const bool left_out = request.number == "--";
  const std::size_t number_room = std::max(number_width, request.number.size() + 1);
  const std::size_t call_column = margin(request.in_container) + number_room;
  const std::size_t column = words_column(width);
  std::string lines =
      std::string(margin(request.in_container), ' ') +
      painted(request.number, style_of(left_out, request.in_container), colour);
  lines.append(number_room - request.number.size(), ' ');

  const auto call = wrap(abbreviated(request.call), width - call_column - hanging);
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (i > 0) lines += "\n" + std::string(call_column + hanging, ' ');
    lines += call[i];
  }
  if (request.words.empty()) return lines + "\n";
  std::size_t used = call_column + (call.size() > 1 ? hanging : 0) + call.back().size();
  if (used + gap > column) {
    lines += "\n";
    used = 0;
  }
  for (const auto& line : wrap(request.words, width - column)) {
    lines += std::string(column - used, ' ') +
             painted(line, left_out ? "31" : "2", colour) + "\n";
    used = 0;
  }
  return lines;
}

std::size_t length(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::size_t room_for_words(std::size_t width, std::string_view mechanism) {
  const std::size_t most = std::min<std::size_t>(width, 100);
  return most - brief_words_column() - std::max(brief_name, mechanism.size()) - 1;
}

std::string brief_heading(std::size_t width) {
  const std::string sides = "H host, C inside";
  const std::string more = "each request: --explain=full";
  return fmt::format(" {:<{}}{:<{}}--skip\n", sides, brief_words_column() - 1, more,
                     room_for_words(width) + 1);
}

std::string lay_out_brief(const brief_line& line, std::string_view words,
                          std::size_t width, bool colour) {
  const std::string side = line.left_out ? "-" : line.in_container ? "C" : "H";
  const std::size_t margin = brief_margin(line.in_container);
  const std::size_t room = room_for_words(width, line.mechanism);
  const std::size_t calls_room = brief_words_column() - margin - 3;
  std::string text =
      fmt::format("{:{}}{}  {:<{}}", "", margin,
                  painted(side, style_of(line.left_out, line.in_container), colour),
                  line.calls, calls_room);
  const auto lines = wrap(words, room);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) text += std::string(brief_words_column(), ' ');
    text += lines[i];
    const std::size_t rest = room - std::min(room, length(lines[i]));
    if (i == 0) text += std::string(rest + 1, ' ') + painted(line.mechanism, "2", colour);
    text += "\n";
  }
  return text;
}

std::string lay_out_note(bool in_container, std::string_view text, std::size_t width) {
  const std::size_t indent = margin(in_container) + number_width;
  std::string lines;
  for (const auto& line : wrap(text, width - indent))
    lines += std::string(indent, ' ') + line + "\n";
  return lines;
}

std::string lay_out_table(std::vector<std::vector<std::string>> rows, std::size_t width) {
  for (auto& row : rows)
    for (auto& cell : row) cell = abbreviated(cell);
  std::vector<std::size_t> natural;
  for (const auto& row : rows) {
    natural.resize(std::max(natural.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      natural[i] = std::max(natural[i], row[i].size());
  }
  const auto widths = fitted(natural, width - 1 - gap * (natural.size() - 1));
  std::string table;
  for (const auto& row : rows) {
    std::vector<std::vector<std::string>> cells;
    std::size_t height = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.push_back(wrap(row[i], widths[i]));
      height = std::max(height, cells.back().size());
    }
    for (std::size_t y = 0; y < height; ++y) {
      std::string line = " ";
      for (std::size_t i = 0; i < cells.size(); ++i)
        line += fmt::format("{:<{}}", y < cells[i].size() ? cells[i][y] : "",
                            widths[i] + gap);
      table += without_trailing_spaces(line) + "\n";
    }
  }
  return table;
}

}  // namespace zoomin::columns
