// SPDX-License-Identifier: MIT
// gc: removes the blobs and layers that no image, cached step or running build uses, and
// the leftovers of killed commands.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace zoomin::image {

// Removes unused blobs and layers, and leftovers. Returns the ids of the removed layers.
// Removes no blob or layer if an image is damaged. The caller holds lock_use(true).
std::vector<std::string> collect_garbage();

// Calls collect_garbage() if no other process uses the store.
void clean_up();

// The result of prune_build_cache().
struct pruned_cache {
  std::vector<std::string> keys{};  // of the steps
  std::uint64_t bytes = 0;
};
// Removes the cached steps whose layer no image has. With `include_used`, also removes
// the other steps and the unused cache mounts. Then removes the layers that nothing else
// uses.
pruned_cache prune_build_cache(bool include_used);

}  // namespace zoomin::image
