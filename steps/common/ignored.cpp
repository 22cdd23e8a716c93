// SPDX-License-Identifier: MIT
#include "common/ignored.hpp"

#include <cstdlib>
#include <string>

#include "common/sys.hpp"

namespace zoomin {

std::uint64_t ignored_signals() try {
  const std::string status = sys::read_file("/proc/self/status");
  const std::string field = "\nSigIgn:";
  const auto at = status.find(field);
  if (at == std::string::npos) return ~std::uint64_t{0};
  return std::strtoull(status.c_str() + at + field.size(), nullptr, 16);
} catch (const sys::error&) {
  return ~std::uint64_t{0};
}

}  // namespace zoomin
