// SPDX-License-Identifier: MIT
// layer: unpacks a layer to layers/<diff id>, once for all images that have it.
#pragma once

#include <cstdint>
#include <string>

#include "common/fd.hpp"
#include "image/archive/tar_reader.hpp"

namespace zoomin::image {

// Opens the lock of a layer, flock(2). It is held while the layer is unpacked, so that
// only one command unpacks it.
unique_fd open_layer_lock(const std::string& diff_id);

// Unpacks the archive that the source yields, and reads the source to its end. Returns
// the archive's diff id, the digest of its decompressed bytes. It must equal `expected`,
// unless that is empty. A layer that exists already is only verified. The layer is
// unpacked under a temporary name, and renamed once it is complete. Throws usage_error,
// also if the decompressed archive has more than `max_bytes`. The caller holds
// lock_use(), and the layer's lock if `expected` isn't empty.
std::string unpack_layer(const byte_source& source, const std::string& name,
                         const std::string& expected,
                         std::uint64_t max_bytes = tar_reader::unlimited);
// Unpacks the archive that is open at `fd` in the same way, but takes the layer's lock
// itself.
std::string unpack_layer(int fd, const std::string& name, const std::string& expected);

// Renames `directory` ("layers/.new-…", with the files in tree/) to the layer's final
// name. `size` is the size of its files. Returns false and leaves the directory if the
// layer exists already.
bool publish_layer(const std::string& directory, const std::string& diff_id,
                   std::uint64_t size);

}  // namespace zoomin::image
