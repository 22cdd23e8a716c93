// SPDX-License-Identifier: MIT
// cp: what its words mean, whichever program copies.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "files/copy.hpp"

namespace zoomin::cli {

struct named {
  std::string container;  // empty: the host
  std::string path;       // "-" of the host: an archive, on stdin or stdout
  [[nodiscard]] bool is_archive() const { return container.empty() && path == "-"; }
};

struct cp_words {
  named from, to;
  bool follow = false;
  files::owners whose = files::owners::ours;
};

// Throws misuse.
cp_words parse_cp(const arguments& words);
// A path of a container's is taken from its root.
std::string absolute(const named& one);

}  // namespace zoomin::cli
