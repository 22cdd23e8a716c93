// SPDX-License-Identifier: MIT
// files: the files of one log, what their names say, and how many there may be.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace zoomin::container {

// Which file of a log: `log.1` is older than `log.2`, and `log` the newest of all.
using log_number = std::uint64_t;
constexpr log_number newest_log = std::numeric_limits<log_number>::max();

std::string log_path(const std::string& directory, log_number number);

// The rotated ones that are there, oldest first.
std::vector<log_number> rotated_logs(const std::string& directory);

}  // namespace zoomin::container
