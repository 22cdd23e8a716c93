// SPDX-License-Identifier: MIT
// duration: durations as Go writes them: "30s", "1m30s", "1.5h", "500ms". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zoomin::base {

// Returns nanoseconds; empty if the text is no duration. With `days` there is also the
// unit "d", as in "2d".
std::optional<std::int64_t> duration_ns(std::string_view text, bool days = false);

// Returns nanoseconds, at most three years. Throws usage_error with a message that begins
// with `name`.
std::int64_t parse_duration(std::string_view name, const std::string& text);

}  // namespace zoomin::base
