// SPDX-License-Identifier: MIT
// duration: durations as Go writes them: "30s", "1m30s", "1.5h", "500ms". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace zoomin {

// Returns nanoseconds. Throws usage_error with a message that begins with `name`.
std::int64_t parse_duration(std::string_view name, const std::string& text);

}  // namespace zoomin
