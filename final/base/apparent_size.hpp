// SPDX-License-Identifier: MIT
// apparent_size: how many bytes the files of a tree hold. The blocks that they take on
// the disk may be more, or fewer for a sparse file.
#pragma once

#include <cstdint>
#include <string>

namespace zoomin::base {

// Returns the bytes of all regular files in the directory, at any depth. A file with
// several names counts once; one that vanishes meanwhile doesn't count. Returns 0 if
// there is no such directory.
std::uint64_t apparent_size_of(const std::string& directory);

}  // namespace zoomin::base
