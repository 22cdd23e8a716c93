// SPDX-License-Identifier: MIT
// push: sends an image to a registry, with those blobs that the registry lacks. Blobs are
// sent as they are stored, so that they keep their digests.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "registry/observer.hpp"

namespace zoomin::registry {

struct pushed {
  std::string digest;                        // of the manifest
  std::uint64_t size = 0;                    // of the manifest
  std::size_t layers = 0, layers_there = 0;  // all, and those that weren't sent
  std::uint64_t bytes = 0, sent = 0;         // of all layers, and of those sent
};

// Pushes the image that the store has under NAME[:TAG]. Ends with `interrupted` soon
// after `cancelled` has become true. Throws usage_error, http_failure, sys::error.
pushed push(const std::string& name, bool verify_tls, observer& watching,
            const std::atomic<bool>& cancelled);

// Returns the names of all images of NAME in the store: "web:1", "web:2". Throws
// usage_error if there is none.
std::vector<std::string> stored_tags(const std::string& name);

}  // namespace zoomin::registry
