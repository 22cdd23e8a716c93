// SPDX-License-Identifier: MIT
// layer: an archive unpacked to layers/<diff id>, once for all images that have it.
#pragma once

#include <string>

namespace zoomin::image {

// Unpacks the archive that is open at `fd` and gives its diff id: the digest of its
// bytes, decompressed. `expected`, where it isn't empty, is what that must be; a layer
// that is there already is only checked. Nobody sees it before it is whole: it is
// unpacked under another name, then renamed. Throws usage_error. Hold lock_use().
std::string unpack_layer(int fd, const std::string& name, const std::string& expected);

}  // namespace zoomin::image
