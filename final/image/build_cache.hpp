// SPDX-License-Identifier: MIT
// build_cache: stores the finished steps of builds, each as a small file in
// root_directory()/cache/build/steps with its key as the name. collect_garbage() keeps
// the layers and blobs that they name, until `builder prune` removes the steps.
//
// A key is the digest of everything that a step depends on: the key of the step before,
// the instruction with its variables replaced, and the content that it copies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "image/store.hpp"

namespace zoomin::image {

struct cached_step {
  std::string key;          // 64 hexadecimal digits
  std::string created;      // RFC 3339
  std::string instruction;  // for display
  descriptor blob{};        // the layer's archive; no digest without a layer
  std::string diff_id{};
  std::uint64_t size_bytes = 0;  // of the layer's files
  std::int64_t used = 0;         // seconds since 1970

  [[nodiscard]] bool has_layer() const { return !diff_id.empty(); }
};

// Returns the step, and notes that it was used now. Returns nothing if there is no such
// step, or if its layer is gone.
std::optional<cached_step> find_cached(const std::string& key);
void store_cached(const cached_step& step);
// Returns all steps. Files that can't be read are left out.
std::vector<cached_step> cached_steps();
void remove_cached(const std::string& key);

// Returns the directory for the cache mounts of RUN, which is made if it doesn't exist.
std::string cache_mounts_directory();
// Removes the cache mounts that no build uses: those that aren't locked. Returns their
// size.
std::uint64_t remove_cache_mounts();

}  // namespace zoomin::image
