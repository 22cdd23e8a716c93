// SPDX-License-Identifier: MIT
// explain: describes the overlay of a step, and the changes in the writable layer that
// becomes a layer of the image. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "05-overlay/changes.hpp"

namespace zoomin::build {

// Holds the overlay of a step that has ended.
struct step_overlay {
  std::size_t layers = 0;  // below the writable layer
  std::string directory;   // of the writable layer
  std::vector<overlay::change> changes{};
  std::uint64_t bytes = 0;  // of the files in the writable layer
};

// Returns lines with the directory and the first changes.
std::string full_text(const step_overlay& step);

// Returns two lines of at most 80 columns, with the changes that fit, at most five:
//   overlay: 3 layers below, an empty writable layer on top
//   it held: A /x, D /etc/group (2 changes, 2B)
// A directory is left out if it counts as changed only because an entry in it changed.
std::string brief_text(const step_overlay& step);

}  // namespace zoomin::build
