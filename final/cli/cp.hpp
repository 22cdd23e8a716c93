// SPDX-License-Identifier: MIT
// cp: what its words mean, whichever program copies.
#pragma once

#include <functional>
#include <string>

#include "base/copy_tree.hpp"
#include "cli/command.hpp"

namespace zoomin::cli {

struct cp_side {
  std::string container;  // empty: the host
  std::string path;       // "-" of the host: an archive, on stdin or stdout
  [[nodiscard]] bool is_archive() const { return container.empty() && path == "-"; }
};

struct cp_arguments {
  cp_side from, to;
  bool follow = false;
  files::owners whose = files::owners::ours;
  bool quiet = false;
};

// Throws misuse.
cp_arguments parse_cp(const arguments& words);
// A path of a container's is taken from its root.
std::string absolute(const cp_side& side);
// Returns the path as the user wrote it: "web:/etc".
std::string text_of(const cp_side& side);

// Calls `copies`. If the container can't be written to, the error has docker(1)'s words.
// `inside` is the container's root.
void copying_to(const cp_side& target, int inside, const std::function<void()>& copies);

}  // namespace zoomin::cli
