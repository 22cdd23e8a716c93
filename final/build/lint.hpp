// SPDX-License-Identifier: MIT
// lint: the warnings of `build --check`: mistakes that don't make a build fail. The rules
// have the names of Docker's build checks. Pure.
#pragma once

#include <string>
#include <vector>

#include "build/dockerfile.hpp"
#include "build/stages.hpp"

namespace zoomin::build {

struct lint_warning {
  std::string rule;  // "JSONArgsRecommended"
  std::string text;
  unsigned line;
};

// Returns the warnings, sorted by line. The directive `# check=skip=RULE,RULE` or
// `skip=all` suppresses warnings.
std::vector<lint_warning> lint(const dockerfile& file, const build_plan& plan);

}  // namespace zoomin::build
