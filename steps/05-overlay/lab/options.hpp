// SPDX-License-Identifier: MIT
// options: the options of a step program for layers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "05-overlay/overlay.hpp"
#include "common/program.hpp"

namespace zoomin::overlay {

struct options {
  std::vector<std::string> layers;  // above --rootfs, if that is given
  std::optional<std::string> keep;

  // Returns all layers, the lowest first: step 3's --rootfs, then each --layer, or only
  // `otherwise` if neither is given. Throws usage_error.
  [[nodiscard]] std::vector<std::string> all(const std::optional<std::string>& rootfs,
                                             const std::string& otherwise) const;
};

void add_options(zoomin::options& to, options& options);

}  // namespace zoomin::overlay
