// SPDX-License-Identifier: MIT
#include "common/ignored.hpp"

#include <cstdlib>
#include <string>

#include "common/process.hpp"
#include "common/sys.hpp"

namespace zoomin {

std::uint64_t ignored_signals() try {
  const auto mask = field_of_status(sys::read_file("/proc/self/status"), "SigIgn");
  if (mask.empty()) return ~std::uint64_t{0};
  return std::strtoull(mask.c_str(), nullptr, 16);
} catch (const sys::error&) {
  return ~std::uint64_t{0};
}

}  // namespace zoomin
