// SPDX-License-Identifier: MIT
// timestamp: times as logs and events write them. Pure text and arithmetic.
#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

namespace zoomin::events {

// UTC, with nanoseconds, always 30 characters: "2026-01-31T12:00:00.000000001Z". Earlier
// ones sort before later ones.
constexpr std::size_t moment_size = 30;
std::string timestamp_text(const timespec& moment);
bool is_timestamp(std::string_view text);

// What people give for --since and --until, as timestamp_text() writes it: RFC 3339, or a
// part of it ("2026-01-31", "2026-01-31T12:00", in the local time zone unless it ends
// with one); seconds since 1970 ("1769860800.5"); how long ago ("10m", "1h30m", "1.5h").
// Throws usage_error with `name` before it.
std::string parse_timestamp(std::string_view name, const std::string& text,
                            const timespec& now);

}  // namespace zoomin::events
