// SPDX-License-Identifier: MIT
// writable_layer: what a container writes, from its creation to its removal: a directory
// beside its state. Where that lies on files to which no overlay can write (those of a
// dev container are an overlay's own), memory is mounted there, with a warning; it lasts
// from run to run, until the machine or the container is removed.
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
