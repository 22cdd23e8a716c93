// SPDX-License-Identifier: MIT
#include <cctype>
#include <string>
#include <string_view>

#include "common/sys.hpp"

namespace zoomin::sys {

std::string upper_case(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string lower_case(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n')
      quoted += "\\n";
    else
      quoted += c;
  }
  return quoted + '"';
}

std::string quoted_or_null(std::string_view text) {
  return text.empty() ? "NULL" : quote(text);
}

}  // namespace zoomin::sys
