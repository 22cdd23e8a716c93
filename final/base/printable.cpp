// SPDX-License-Identifier: MIT
#include "base/printable.hpp"

#include <fmt/format.h>

#include <cstddef>

#include "base/utf8.hpp"

namespace zoomin::base {

namespace {

std::string escape_of(unsigned code) {
  if (code == '\n') return "\\n";
  if (code == '\t') return "\\t";
  if (code == '\r') return "\\r";
  return code < 0x80 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
}

std::string made_printable(std::string_view text, bool keeps_lines) {
  std::string printable;
  for (std::size_t at = 0; at < text.size();) {
    const auto length = base::character_length(text, at);
    const auto first = static_cast<unsigned char>(text[at]);
    const unsigned code = base::code_at(text, at, length);
    const bool stays = keeps_lines && (code == '\n' || code == '\t');
    if (length == 0)
      printable += fmt::format("\\x{:02x}", first);
    else if (!stays && base::is_control(code))
      printable += escape_of(code);
    else
      printable += text.substr(at, length);
    at += length == 0 ? 1 : length;
  }
  return printable;
}

}  // namespace

std::string printable(std::string_view text) { return made_printable(text, false); }

std::string printable_lines(std::string_view text) { return made_printable(text, true); }

}  // namespace zoomin::base
