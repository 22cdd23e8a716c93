// SPDX-License-Identifier: MIT
// options: what a step program's user can say about layers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "05-overlay/overlay.hpp"
#include "common/program.hpp"

namespace zoomin::overlay {

struct options {
  std::vector<std::string> layers;  // above the root, if one is named
  std::optional<std::string> keep;

  // All layers, the lowest first: step 3's --rootfs, then each --layer; where neither is
  // there, `otherwise`. Throws usage_error.
  [[nodiscard]] std::vector<std::string> all(const std::optional<std::string>& rootfs,
                                             const std::string& otherwise) const;
};

void add_options(zoomin::options& to, options& into);

}  // namespace zoomin::overlay
