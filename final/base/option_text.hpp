// SPDX-License-Identifier: MIT
// option_text: reads the text of an option, such as "type=cache,ro=1", as Docker does.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zoomin::base {

// Returns the fields of one line of comma-separated values: RFC 4180, as in Go's
// encoding/csv. A field in double quotes may contain commas, and "" for a quote. Throws
// usage_error for a quote anywhere else.
std::vector<std::string> csv_fields(std::string_view line);

// Writes the fields as a line that csv_fields() reads.
std::string csv_line(const std::vector<std::string>& fields);

// Returns the value of 1, t and true, or 0, f and false, in lower or upper case. Returns
// nothing for another text. Docker has two rules, strconv.ParseBool and "true or false";
// this one accepts the values of both.
std::optional<bool> parse_bool(std::string_view text);

}  // namespace zoomin::base
