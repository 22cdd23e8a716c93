// SPDX-License-Identifier: MIT
// walk_tree: walks directories by descriptor, and never follows a name in them.
#pragma once

#include <cstdint>
#include <string>

namespace zoomin::base {

// Returns the size of all regular files in the directory, at any depth. A file with
// several names counts once; one that vanishes meanwhile doesn't count. Returns 0 if
// there is no such directory.
std::uint64_t size_of(const std::string& directory);

}  // namespace zoomin::base
