// SPDX-License-Identifier: MIT
// facts: parses the output of a program that prints lines NAME=VALUE.
#pragma once

#include <map>
#include <string>

#include "support/support.hpp"

namespace zoomin::test {

struct facts {
  explicit facts(const run_result& from);
  // Returns the value, or "missing" if the program didn't print it.
  std::string operator[](const std::string& name) const;
  [[nodiscard]] std::map<std::string, std::string> beginning_with(
      const std::string& name) const;

  std::map<std::string, std::string> values;
  std::string errors;
};

}  // namespace zoomin::test
