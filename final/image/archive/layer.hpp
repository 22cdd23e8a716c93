// SPDX-License-Identifier: MIT
// layer: unpacks a layer to layers/<diff id>, once for all images that have it.
#pragma once

#include <string>

namespace zoomin::image {

// Unpacks the archive that is open at `fd`. Returns its diff id: the digest of its
// decompressed bytes. The diff id must equal `expected`, unless that is empty. A layer
// that exists already is only verified. The layer is unpacked under a temporary name and
// renamed once it is complete. Throws usage_error. The caller holds lock_use().
std::string unpack_layer(int fd, const std::string& name, const std::string& expected);

}  // namespace zoomin::image
