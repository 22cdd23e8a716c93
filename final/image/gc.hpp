// SPDX-License-Identifier: MIT
// gc: removes the blobs and layers that no image in the index uses, and what killed
// commands left behind.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace zoomin::image {

// Removes unused blobs and layers, and leftovers. Returns the ids of the removed layers.
// Removes no blob or layer if an image is damaged. The caller holds lock_use(true).
std::vector<std::string> collect_garbage();

// Calls collect_garbage() if no other process uses the store; else does nothing.
void clean_up();

// Says what prune_build_cache() has removed.
struct pruned_cache {
  std::vector<std::string> keys{};  // of the steps
  std::uint64_t bytes = 0;
};
// Removes the steps of earlier builds of which no image has the layer, and with `shared`
// the others and the unused cache mounts too. Layers that nothing else uses are removed.
pruned_cache prune_build_cache(bool shared);

}  // namespace zoomin::image
