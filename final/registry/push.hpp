// SPDX-License-Identifier: MIT
// push: sends an image to a registry, with the blobs that the registry lacks. Blobs are
// sent as they are stored, so that they keep their digests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/cancellation.hpp"
#include "registry/observer.hpp"

namespace zoomin::registry {

struct pushed {
  std::string digest;      // of the manifest
  std::uint64_t size = 0;  // of the manifest
  std::size_t layers = 0;
  std::size_t layers_existing = 0;  // that the registry had
  std::uint64_t bytes = 0;          // of all layers
  std::uint64_t sent = 0;           // bytes of the sent layers
};

// Pushes the image that has the name NAME[:TAG] in the store. Throws base::cancelled soon
// after `stop` is requested; usage_error, http_failure, sys::error.
pushed push(const std::string& name, bool verify_tls, observer& watching,
            const base::cancellation& stop);

// Returns all names with the repository NAME in the store: "web:1", "web:2". Throws
// usage_error if there is none.
std::vector<std::string> stored_tags(const std::string& name);

}  // namespace zoomin::registry
