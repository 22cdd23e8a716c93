// SPDX-License-Identifier: MIT
// pull: fetches the missing parts of an image from its registry, and adds the image to
// the store.
//
// Layers are unpacked while they arrive, as many at once as there are processors. The
// image becomes visible once all digests are verified. Two pulls of one image share the
// work: the second one waits for the lock of a layer, and finds the layer complete.
// Layers are requested only from the registry, never from the URLs that a manifest may
// contain.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/cancellation.hpp"
#include "registry/observer.hpp"
#include "registry/platform.hpp"

namespace zoomin::registry {

struct pull_options {
  std::optional<registry::platform> platform{};  // by default this machine's
  bool verify_tls = true;
};

struct pulled {
  std::string name;    // "web:1", or "web@sha256:…"
  std::string id;      // of the image
  std::string digest;  // under which the registry has the image
  bool is_new = false;
  std::size_t layers = 0;
  std::size_t layers_existing = 0;  // that were in the store
  std::uint64_t bytes = 0;          // of all layers
  std::uint64_t fetched = 0;        // bytes of the fetched layers
};

// Pulls an image by NAME[:TAG|@DIGEST]. Throws base::cancelled soon after `stop`
// is requested; usage_error, http_failure, sys::error.
pulled pull(const std::string& name, const pull_options& options, observer& watching,
            const base::cancellation& stop);

// Returns the names of all tags that the registry has of NAME: "web:1", "web:2".
std::vector<std::string> list_tags(const std::string& name, const pull_options& options,
                                   observer& watching, const base::cancellation& stop);

}  // namespace zoomin::registry
