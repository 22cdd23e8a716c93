// SPDX-License-Identifier: MIT
// utf8: finds the characters of a text, RFC 3629. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace zoomin::base {

inline unsigned byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

// Returns the length of the character that begins at `at`, or 0 if no valid character
// does. Overlong forms, surrogates and codes above U+10FFFF aren't characters.
inline std::size_t character_length(std::string_view text, std::size_t at) {
  const unsigned first = byte_at(text, at), second = byte_at(text, at + 1);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (second < least || second > most) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((byte_at(text, at + i) & 0xC0U) != 0x80U) return 0;
  return length;
}

// Returns the code point of the character of that length, or 0 if the length is 0.
inline unsigned code_at(std::string_view text, std::size_t at, std::size_t length) {
  if (length < 2) return length == 0 ? 0 : byte_at(text, at);
  unsigned code = byte_at(text, at) & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i)
    code = code << 6U | (byte_at(text, at + i) & 0x3FU);
  return code;
}

// Returns true if a terminal interprets the character: the controls of ASCII and of ISO
// 6429, and those that change the direction of the text (CVE-2021-42574).
inline bool is_control(unsigned code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C ||
         code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

}  // namespace zoomin::base
