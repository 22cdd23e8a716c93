// SPDX-License-Identifier: MIT
// writable_layer: the directory, beside the container's state, that takes the changes
// that a container makes to its files. It exists until the container is removed. If its
// file system can't hold an overlay's upper directory (in a dev container, the file
// system is itself an overlay), a tmpfs is mounted on it, with a warning. The tmpfs
// persists from run to run, until the machine restarts or the container is removed.
#pragma once

#include <string>
#include <vector>

#include "05-overlay/overlay.hpp"

namespace zoomin::container {

// Opens the layer in `directory` ("…/containers/ID/layer"). Throws sys::error,
// usage_error.
[[nodiscard]] overlay::writable open_writable_layer(
    const std::string& directory, const std::vector<std::string>& layers);

// Unmounts the tmpfs of a writable layer, if there is one. Call it before the layer's
// directory is removed.
void release_writable_layer(const std::string& directory);

}  // namespace zoomin::container
