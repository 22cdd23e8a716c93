// SPDX-License-Identifier: MIT
// options: what a step program's user can say about cgroups.
#pragma once

#include <optional>
#include <string>

#include "04-cgroups/cgroup.hpp"
#include "common/program.hpp"

namespace zoomin::cgroup {

struct options {
  typed_limits typed;
  std::optional<std::string> parent;

  // The limits asked for. Without --pids-limit, 512 processes and threads where the
  // machine can limit them: no typing error should take the machine down.
  [[nodiscard]] limits wanted() const;
};

void add_options(zoomin::options& to, options& into);

}  // namespace zoomin::cgroup
