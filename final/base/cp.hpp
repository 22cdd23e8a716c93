// SPDX-License-Identifier: MIT
// cp: which file comes where: cp(1)'s rules, as Docker's cp has them, between two roots.
//
// Each path is resolved with its own root as "/", openat2(2), so that no symbolic link of
// a container's leads to the host's files, whoever swaps it meanwhile.
#pragma once

#include <string>

#include "base/copy_tree.hpp"

namespace zoomin::files {

struct side {
  int root;                 // a directory's descriptor
  std::string path;         // absolute; "/." or "/" at its end mean the directory itself
  std::string container{};  // its name, for errors; empty: the host
};

// A file comes under the name `to`, or into the directory that this is. A directory
// becomes `to`, or comes into it where it is there; with "/." at the end of `from`, only
// what it holds. `follow`: the file that a symbolic link `from` leads to. Throws
// sys::error, and usage_error where that can't be.
void cp(const side& from, const side& to, bool follow, owners whose);

}  // namespace zoomin::files
