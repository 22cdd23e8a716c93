// SPDX-License-Identifier: MIT
#include "base/option_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::base {

namespace {

[[noreturn]] void refuse_quote(std::string_view line) {
  throw usage_error(
      fmt::format("{}: misplaced quote", line),
      R"(quote a whole field, and double a quote inside of it: "a=1,2","b=""x""")");
}

// Removes a quoted field from the beginning of `rest`, and returns it.
std::string take_quoted(std::string_view& rest, std::string_view line) {
  std::string field;
  rest.remove_prefix(1);
  while (true) {
    const auto quote = rest.find('"');
    if (quote == std::string_view::npos) refuse_quote(line);
    field += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with('"')) break;
    field += '"';
    rest.remove_prefix(1);
  }
  if (!rest.empty() && rest[0] != ',') refuse_quote(line);
  return field;
}

std::string take_plain(std::string_view& rest, std::string_view line) {
  const std::string field(rest.substr(0, rest.find(',')));
  if (field.find('"') != std::string::npos) refuse_quote(line);
  rest.remove_prefix(field.size());
  return field;
}

std::string quoted_if_needed(const std::string& field) {
  if (field.find_first_of(",\"") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace

std::vector<std::string> csv_fields(std::string_view line) {
  std::vector<std::string> fields;
  for (auto rest = line;; rest.remove_prefix(1)) {
    fields.push_back(rest.starts_with('"') ? take_quoted(rest, line)
                                           : take_plain(rest, line));
    if (rest.empty()) return fields;
  }
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (const auto& field : fields)
    line += (line.empty() ? "" : ",") + quoted_if_needed(field);
  return line;
}

std::optional<bool> parse_bool(std::string_view text) {
  const auto lower = sys::lower_case(std::string(text));
  if (lower == "1" || lower == "t" || lower == "true") return true;
  if (lower == "0" || lower == "f" || lower == "false") return false;
  return std::nullopt;
}

}  // namespace zoomin::base
