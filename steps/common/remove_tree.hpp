// SPDX-License-Identifier: MIT
// remove_tree: removes a directory tree of any depth. sys.hpp has the narrated variant.
#pragma once

#include <string>

namespace zoomin::sys {

// Removes a tree that an earlier process left behind. A failure is only a warning, so
// that it never stops an unrelated command.
void remove_tree_or_warn(const std::string& path);

}  // namespace zoomin::sys
