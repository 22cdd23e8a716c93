// SPDX-License-Identifier: MIT
// options: the layer options of a step program.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "05-overlay/overlay.hpp"
#include "common/lab/program.hpp"

namespace zoomin::overlay {

struct options {
  std::vector<std::string> layers;  // above --rootfs, if that is given
  std::optional<std::string> keep;

  // Returns all layers, the lowest first: step 3's --rootfs, then each --layer, or only
  // `otherwise` if neither is given. Throws usage_error.
  [[nodiscard]] std::vector<std::string> parsed_layers(
      const std::optional<std::string>& rootfs, const std::string& otherwise) const;
  // Returns --keep. Throws usage_error if the directory can't hold a writable layer.
  [[nodiscard]] std::optional<std::string> parsed_keep() const;
};

void add_options(zoomin::options& to, options& options);

}  // namespace zoomin::overlay
