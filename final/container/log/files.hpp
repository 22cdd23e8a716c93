// SPDX-License-Identifier: MIT
// files: the files of one log: their names and their limits.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace zoomin::container {

// Identifies a file of a log. `log.1` is older than `log.2`, and `log` is the newest.
using log_number = std::uint64_t;
constexpr log_number newest_log = std::numeric_limits<log_number>::max();

std::string log_path(const std::string& directory, log_number number);

// Returns the numbers of the rotated files, oldest first.
std::vector<log_number> rotated_logs(const std::string& directory);

}  // namespace zoomin::container
