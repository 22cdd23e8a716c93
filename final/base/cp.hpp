// SPDX-License-Identifier: MIT
// cp: copies a file or directory between two roots, by the rules of cp(1) and docker cp.
//
// Each path is resolved with its own root as "/", openat2(2), so that no symbolic link in
// a container leads to the host's files, even if it is swapped meanwhile.
#pragma once

#include <string>

#include "base/copy_tree.hpp"

namespace zoomin::base {

struct side {
  int root;          // a directory's descriptor
  std::string path;  // absolute; a "/." or "/" at the end stands for the directory itself
  std::string container{};  // its name for errors; empty for the host
};

// Copies a file to the path `to`, or into `to` if that is a directory. A directory
// becomes `to`, or is copied into it if it exists; if `from` ends with "/.", only its
// contents are copied. With `follow` a symbolic link `from` is followed. Throws
// sys::error, and usage_error if the types don't allow the copy.
void cp(const side& from, const side& to, bool follow, owners ownership);

}  // namespace zoomin::base
