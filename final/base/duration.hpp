// SPDX-License-Identifier: MIT
// duration: durations as Go writes them: "30s", "1m30s", "1.5h", "500ms". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zoomin::base {

// Returns the duration in nanoseconds, or nothing if the text isn't one. With `days` the
// unit "d" is accepted, as in "2d".
std::optional<std::int64_t> duration_ns(std::string_view text, bool days = false);

// Returns the duration in nanoseconds, at most three years. Throws usage_error with a
// message that begins with `name`.
std::int64_t parse_duration(std::string_view name, const std::string& text);

}  // namespace zoomin::base
