// SPDX-License-Identifier: MIT
// explain: describes a step's overlay, and what its writable layer holds when it becomes
// a layer of the image. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "05-overlay/changes.hpp"

namespace zoomin::build {

// Holds what is known of a step's overlay when the step has ended.
struct step_overlay {
  std::size_t layers = 0;  // below the writable one
  std::string directory;   // of the writable one
  std::vector<overlay::change> changes{};
  std::uint64_t bytes = 0;  // of the files that it holds
};

// Returns some lines with the directory and the first changes.
std::string full_text(const step_overlay& step);

// Returns two lines of at most 80 columns, with the changes that fit, at most five:
//   overlay: 3 layers below, an empty writable layer on top
//   it held: A /x, D /etc/group (2 changes, 2B)
// A directory in which something has changed is left out.
std::string brief_text(const step_overlay& step);

}  // namespace zoomin::build
