// SPDX-License-Identifier: MIT
// fuzz: shared by the fuzzers. Each defines LLVMFuzzerTestOneInput, which libFuzzer calls
// with bytes of its own making. Invalid input must be refused with a usage_error; every
// other exception, a sanitizer's report and a false require() are findings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/error.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the library's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace zoomin::fuzz {

inline std::string text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

inline void require(bool holds) {
  if (!holds) std::abort();
}

// Runs `read`. Returns false if it refuses its input.
template <typename Read>
bool accepts(Read&& read) {
  try {
    read();
    return true;
  } catch (const usage_error&) {
    return false;
  }
}

}  // namespace zoomin::fuzz
