// SPDX-License-Identifier: MIT
// timestamp: times in the form that logs and events use. Pure text and arithmetic.
#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

namespace zoomin::base {

constexpr std::size_t timestamp_size = 30;

// Returns the time in UTC with nanoseconds, always timestamp_size characters:
// "2026-01-31T12:00:00.000000001Z". The texts sort by time.
std::string timestamp_text(const timespec& instant);
bool is_timestamp(std::string_view text);

// Parses the value of --since or --until and returns it as timestamp_text() does. Accepts
// RFC 3339, or a part of it ("2026-01-31", "2026-01-31T12:00", in the local time zone
// unless it ends with one), seconds since 1970 ("1769860800.5"), and a duration before
// now ("10m", "1h30m", "1.5h"). Throws usage_error with a message that begins with
// `name`.
std::string parse_timestamp(std::string_view name, const std::string& text,
                            const timespec& now);

}  // namespace zoomin::base
