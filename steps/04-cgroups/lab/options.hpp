// SPDX-License-Identifier: MIT
// options: the cgroup options of a step program.
#pragma once

#include <optional>
#include <string>

#include "04-cgroups/cgroup.hpp"
#include "common/lab/program.hpp"

namespace zoomin::cgroup {

struct options {
  typed_limits typed;
  std::optional<std::string> parent;

  // Returns the limits. The default of --pids-limit is 512 processes and threads if the
  // machine can limit them, so that no typing error takes the machine down.
  [[nodiscard]] limits parsed() const;
};

void add_options(zoomin::options& to, options& options);

}  // namespace zoomin::cgroup
