// SPDX-License-Identifier: MIT
// facts: what a program says in lines NAME=VALUE.
#pragma once

#include <map>
#include <string>

#include "support/support.hpp"

namespace zoomin::test {

struct facts {
  explicit facts(const run_result& from);
  // "missing" where the program didn't get that far.
  std::string operator[](const std::string& name) const;
  [[nodiscard]] std::map<std::string, std::string> beginning_with(
      const std::string& name) const;

  std::map<std::string, std::string> all;
  std::string errors;
};

}  // namespace zoomin::test
