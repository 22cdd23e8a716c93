// SPDX-License-Identifier: MIT
// tar_directory: a directory of ours as a tar archive, and an archive as files in one.
//
// The directory is nobody else's meanwhile: names in it are believed.
#pragma once

#include <set>
#include <string>

namespace zoomin::image {

// Packs all that is in `directory`, with owners, modes, times and extended attributes, to
// the descriptor `to`. A file that has several names is there once; the others are hard
// links.
void write_tar_directory(const std::string& directory, int to);

// Unpacks the archive at `from`, compressed or not, into the empty `directory`, and never
// outside of it: tree.hpp. Returns the directories that it implies without telling their
// owner and mode: tree::implied(). Throws usage_error where it is no archive.
std::set<std::string> unpack(int from, const std::string& directory);

}  // namespace zoomin::image
