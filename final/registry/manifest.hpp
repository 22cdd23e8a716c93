// SPDX-License-Identifier: MIT
// manifest: reads the documents of an image from its registry. Each is bounded in size,
// and must have the digest by which it is named. A document that is in the store isn't
// requested.
#pragma once

#include <string>
#include <vector>

#include "image/store.hpp"
#include "registry/platform.hpp"
#include "registry/remote.hpp"
#include "registry/session.hpp"

namespace zoomin::registry {

struct fetched_manifest {
  std::string manifest;  // its text
  std::string digest;    // the manifest's, or that of the index which it is from
};

// Reads documents through a session. All members are borrowed.
struct document_reader {
  session& from;
  connection& to;
  const remote_name& remote;

  // Reads the manifest of the image. Of an image for several platforms, reads the
  // manifest for `target`. Throws usage_error, http_failure.
  [[nodiscard]] fetched_manifest manifest_for(const platform& target) const;
  // Reads a document by its digest. `kind` is "manifests" or "blobs".
  [[nodiscard]] std::string document(const image::descriptor& entry,
                                     const char* kind) const;
  // Reads the names of all tags.
  [[nodiscard]] std::vector<std::string> tags() const;

 private:
  [[nodiscard]] std::string request_manifest(const std::string& reference) const;
};

// Throws usage_error unless the configuration of an image is for this platform.
void require_platform(const std::string& config_text, const platform& target);

}  // namespace zoomin::registry
