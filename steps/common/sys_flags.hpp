// SPDX-License-Identifier: MIT
// sys_flags: flags of system calls in words, as strace shows them.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// One row of a table for flags_text().
#define ZOOMIN_FLAG(name) \
  ::zoomin::sys::flag { name, #name }

namespace zoomin::sys {

struct flag {
  std::uint64_t bit;
  std::string_view text;
};

// Formats the bits of `flags` as "A|B". Bits that aren't in the table stay a number.
template <std::size_t N>
std::string flags_text(std::uint64_t flags, const std::array<flag, N>& table) {
  std::string result;
  const auto add = [&](std::string_view name) {
    if (!result.empty()) result += '|';
    result += name;
  };
  for (const auto& [bit, text] : table) {
    if ((flags & bit) != bit) continue;
    add(text);
    flags &= ~bit;
  }
  if (flags != 0) add(fmt::format("{:#x}", flags));
  return result.empty() ? "0" : result;
}

}  // namespace zoomin::sys
