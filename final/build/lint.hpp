// SPDX-License-Identifier: MIT
// lint: what `build --check` and a build warn about: mistakes that don't end a build. The
// rules have the names of Docker's build checks. Pure.
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

// Returns the warnings, by line. The directive `# check=skip=RULE,RULE` or `skip=all`
// leaves some out.
std::vector<lint_warning> lint(const dockerfile& file, const build_plan& plan);

}  // namespace zoomin::build
