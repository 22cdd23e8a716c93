// SPDX-License-Identifier: MIT
// writable_layer: the directory, beside the container's state, that takes what a
// container writes, from its creation to its removal. If the file system there can't be
// an overlay's upper directory (as in a dev container, whose files are an overlay), a
// tmpfs is mounted on it, with a warning. It persists from run to run, until the machine
// restarts or the container is removed.
#pragma once

#include <string>
#include <vector>

#include "05-overlay/overlay.hpp"

namespace zoomin::container {

// Opens the layer in `directory` ("…/containers/ID/layer"). Throws sys::error,
// usage_error.
[[nodiscard]] overlay::writable open_writable_layer(
    const std::string& directory, const std::vector<std::string>& layers);

// Unmounts a layer in memory. Call it before the layer's directory is removed.
void release_writable_layer(const std::string& directory);

}  // namespace zoomin::container
