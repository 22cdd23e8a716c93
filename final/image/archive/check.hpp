// SPDX-License-Identifier: MIT
// check: verifies everything in the store against the digests by which it is named.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace zoomin::image {

struct check_result {
  std::size_t images = 0, layers = 0, blobs = 0;
  std::vector<std::string> problems{};  // one line each
};

// Reads every document and blob of every image and of the build cache, decompresses the
// layers' archives, and compares the unpacked layers' sizes. No image is removed
// meanwhile.
check_result check_store();

}  // namespace zoomin::image
