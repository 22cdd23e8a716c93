// SPDX-License-Identifier: MIT
#include "container/log/files.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "common/sys.hpp"

namespace zoomin::container {

std::string log_path(const std::string& directory, log_number number) {
  if (number == newest_log) return directory + "/log";
  return directory + "/log." + std::to_string(number);
}

std::vector<log_number> rotated_logs(const std::string& directory) {
  std::vector<log_number> numbers;
  for (const auto& name : sys::list_directory(directory)) {
    if (!name.starts_with("log.")) continue;
    log_number number = 0;
    const char* end = name.data() + name.size();
    const auto [stopped, failure] = std::from_chars(name.data() + 4, end, number);
    if (failure == std::errc() && stopped == end) numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

}  // namespace zoomin::container
