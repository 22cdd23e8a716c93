// SPDX-License-Identifier: MIT
// walk_tree: directories by descriptor; no name in them is ever followed.
#pragma once

#include <cstdint>
#include <string>

namespace zoomin::files {

// Bytes of the files in it, at any depth: one that has several names counts once, one
// that goes meanwhile not at all. 0 where there is no such directory.
std::uint64_t size_of(const std::string& directory);

}  // namespace zoomin::files
