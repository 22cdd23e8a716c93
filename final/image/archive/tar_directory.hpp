// SPDX-License-Identifier: MIT
// tar_directory: packs a private directory into a tar archive, and unpacks an archive
// into one.
//
// No other process may change the directory, since its names are used as paths.
#pragma once

#include <set>
#include <string>

namespace zoomin::image {

// Writes all files in `directory`, with owners, modes, times and extended attributes, as
// a tar archive to the descriptor `to`. A file with several names is stored once; its
// other names are stored as hard links.
void write_tar_directory(const std::string& directory, int to);

// Unpacks the archive from the descriptor `from`, compressed or not, into the empty
// `directory`, as extract.hpp does. Returns the directories that the archive doesn't
// describe: extractor::implied(). Throws usage_error if it isn't an archive.
std::set<std::string> unpack(int from, const std::string& directory);

}  // namespace zoomin::image
