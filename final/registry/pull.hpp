// SPDX-License-Identifier: MIT
// pull: fetches an image's missing parts from its registry, and adds it to the store.
//
// A layer is unpacked while it arrives, and as many layers at once as there are
// processors. The image becomes visible once all digests have been verified. Two pulls of
// one image share their layers: the second one waits for the layer's lock and finds the
// layer complete. A layer is requested from the registry only, never by the URLs that a
// manifest may contain.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
  std::string digest;  // by which the registry has the image
  bool is_new = false;
  std::size_t layers = 0, layers_here = 0;  // all, and those that weren't fetched
  std::uint64_t bytes = 0, fetched = 0;     // of all layers, and of those fetched
};

// Pulls an image by NAME[:TAG|@DIGEST]. Ends with `interrupted` soon after `cancelled`
// has become true. Throws usage_error, http_failure, sys::error.
pulled pull(const std::string& name, const pull_options& options, observer& watching,
            const std::atomic<bool>& cancelled);

// Returns the names of all tags of NAME in its registry: "web:1", "web:2".
std::vector<std::string> list_tags(const std::string& name, const pull_options& options,
                                   observer& watching,
                                   const std::atomic<bool>& cancelled);

}  // namespace zoomin::registry
