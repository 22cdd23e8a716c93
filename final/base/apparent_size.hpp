// SPDX-License-Identifier: MIT
// apparent_size: counts the bytes in the files of a tree. They may take more blocks on
// the disk than that, or fewer if a file is sparse.
#pragma once

#include <cstdint>
#include <string>

namespace zoomin::base {

// Returns the bytes of all regular files in the directory, at any depth. A file with
// several hard links counts once; a file that is removed meanwhile doesn't count. Returns
// 0 if the directory doesn't exist.
std::uint64_t apparent_size_of(const std::string& directory);

}  // namespace zoomin::base
