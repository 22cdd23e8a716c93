// SPDX-License-Identifier: MIT
// check: verifies the store against the digests that name its parts.
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
// archives of the layers, and compares the sizes of the unpacked layers. No image is
// removed meanwhile.
check_result check_store();

}  // namespace zoomin::image
