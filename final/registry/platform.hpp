// SPDX-License-Identifier: MIT
// platform: chooses an image from an index for several platforms: image-index.md of the
// OCI's image-spec. Pure.
#pragma once

#include <string>

#include "image/store.hpp"

namespace zoomin::registry {

struct platform {
  std::string os, architecture;
  std::string variant{};                   // "v8", or empty
  [[nodiscard]] std::string text() const;  // "linux/arm64/v8"
};

// Parses OS/ARCHITECTURE[/VARIANT] or ARCHITECTURE alone. The names that uname(1) prints
// are understood too. Throws usage_error.
platform parse_platform(const std::string& text);
// Returns the platform of this machine.
platform own_platform();

// Returns the entry of the index that suits the platform best: its variant, else the
// highest one below, else one without a variant. Throws usage_error if there is none.
image::descriptor choose(const std::string& index_text, const platform& wanted);

}  // namespace zoomin::registry
