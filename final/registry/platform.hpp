// SPDX-License-Identifier: MIT
// platform: selects the image for a platform from an index: image-spec, image-index.md.
// Pure.
#pragma once

#include <string>

#include "image/store.hpp"

namespace zoomin::registry {

struct platform {
  std::string os, architecture;
  std::string variant{};                   // "v8", or empty
  [[nodiscard]] std::string text() const;  // "linux/arm64/v8"
};

// Parses OS/ARCHITECTURE[/VARIANT] or ARCHITECTURE alone. Accepts the names that uname(1)
// prints, too. Throws usage_error.
platform parse_platform(const std::string& text);
// Returns the platform of this machine.
platform own_platform();

// Returns the entry of the index that matches the platform best: one with its variant, or
// else with the highest variant below, or else without a variant. Throws usage_error if
// there is none.
image::descriptor choose(const std::string& index_text, const platform& target);

}  // namespace zoomin::registry
