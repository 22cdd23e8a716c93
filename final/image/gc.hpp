// SPDX-License-Identifier: MIT
// gc: removes the blobs and layers that no image in the index uses, and what killed
// commands left behind.
#pragma once

#include <string>
#include <vector>

namespace zoomin::image {

// Removes unused blobs and layers, and leftovers. Returns the ids of the removed layers.
// Removes no blob or layer if an image is damaged. The caller holds lock_use(true).
std::vector<std::string> collect_garbage();

// Calls collect_garbage() if no other process uses the store; else does nothing.
void clean_up();

}  // namespace zoomin::image
