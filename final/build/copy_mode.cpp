// SPDX-License-Identifier: MIT
#include "build/copy_mode.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <sstream>

#include "common/error.hpp"

namespace zoomin::build {

namespace {

constexpr auto npos = std::string::npos;

// Returns the bits of one permission for all three classes, as chmod(1) understands it.
mode_t bits_of(char permission, mode_t mode) {
  switch (permission) {
    case 'r':
      return 0444;
    case 'w':
      return 0222;
    case 'x':
      return 0111;
    case 'X':
      return S_ISDIR(mode) || (mode & 0111) != 0 ? 0111 : 0;
    case 's':
      return 06000;
    default:
      return 01000;  // 't'
  }
}

mode_t mask_of(const std::string& who) {
  mode_t mask = 0;
  for (const char each : who) {
    if (each == 'u') mask |= 04700;
    if (each == 'g') mask |= 02070;
    if (each == 'o') mask |= 01007;
    if (each == 'a') mask |= 07777;
  }
  return who.empty() ? 07777 : mask;
}

}  // namespace

copy_mode::copy_mode(const std::string& text) {
  if (!text.empty() && text.size() <= 5 && text.find_first_not_of("01234567") == npos) {
    absolute_ = static_cast<mode_t>(std::stoul(text, nullptr, 8)) & 07777;
    return;
  }
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) parse(part);
  if (clauses_.empty())
    throw usage_error(
        fmt::format("--chmod={}: expected a mode such as 755 or u+x", text));
}

void copy_mode::parse(const std::string& text) {
  const auto at = text.find_first_not_of("ugoa");
  const bool valid = at != npos &&
                     (text[at] == '+' || text[at] == '-' || text[at] == '=') &&
                     text.find_first_not_of("rwxXst", at + 1) == npos;
  if (!valid)
    throw usage_error(
        fmt::format("--chmod={}: expected a mode such as 755 or u+x", text));
  clauses_.push_back({text.substr(0, at), text.substr(at + 1), text[at]});
}

mode_t copy_mode::applied_to(mode_t mode) const {
  if (absolute_) return *absolute_;
  mode_t result = mode & 07777;
  for (const auto& [who, permissions, operation] : clauses_) {
    const mode_t mask = mask_of(who);
    mode_t bits = 0;
    for (const char permission : permissions) bits |= bits_of(permission, mode) & mask;
    if (operation == '=') result &= ~mask;
    result = operation == '-' ? result & ~bits : result | bits;
  }
  return result;
}

}  // namespace zoomin::build
