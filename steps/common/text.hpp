// SPDX-License-Identifier: MIT
// text: takes lists and numbers out of texts. Pure.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoomin::text {

// Returns the parts between the marks: "a,,b" has three. An empty text has one, which is
// empty.
std::vector<std::string> split(std::string_view text, char mark);

// Returns the parts before and behind the first mark; the second is empty without one.
std::pair<std::string, std::string> cut(std::string_view text, char mark);

// Returns the value of decimal digits; empty if the text has anything else, or if the
// value is out of the type's range.
template <std::unsigned_integral Number = unsigned>
std::optional<Number> whole_number(std::string_view text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stopped != end) return std::nullopt;
  return number;
}

}  // namespace zoomin::text
