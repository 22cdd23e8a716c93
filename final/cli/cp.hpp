// SPDX-License-Identifier: MIT
// cp: the arguments of `cp`, for both programs that copy: zoomin copies files,
// and zoomin-image copies to and from archives.
#pragma once

#include <functional>
#include <string>

#include "base/copy_tree.hpp"
#include "cli/errors.hpp"

namespace zoomin::cli {

// Describes the source or the target of a copy.
struct cp_side {
  std::string container;  // empty: the host
  std::string path;       // "-" on the host: an archive, on stdin or stdout
  [[nodiscard]] bool is_archive() const { return container.empty() && path == "-"; }
};

struct cp_arguments {
  cp_side from, to;
  bool follow = false;
  base::owners owners = base::owners::ours;
  bool quiet = false;
};

// Throws misuse, wrong_arguments, help_requested.
cp_arguments parse_cp(const arguments& words);
// Returns the absolute path. A container's path is relative to its root, and the host's
// to the current directory. Throws misuse if the path is empty.
std::string absolute(const cp_side& side);
// Returns the path as the user wrote it: "web:/etc".
std::string text_of(const cp_side& side);

// Calls `copy`. If it fails because the target is read-only, throws usage_error in
// docker's wording. `root_fd` is a descriptor of the container's root.
void explain_read_only(const cp_side& target, int root_fd,
                       const std::function<void()>& copy);

}  // namespace zoomin::cli
