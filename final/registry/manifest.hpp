// SPDX-License-Identifier: MIT
// manifest: reads an image's documents from its registry. Each is bounded in size and has
// the digest by which it is named, or it is refused. A document that the store has is not
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
  std::string digest;    // that the registry's name stands for: of it, or of its index
};

// Reads documents through a session; all its members are borrowed.
struct document_reader {
  session& from;
  connection& to;
  const remote_name& remote;

  // Reads the manifest of the remote name; of an image for several platforms the one for
  // `wanted`. Throws usage_error, http_failure.
  [[nodiscard]] fetched_manifest manifest_for(const platform& wanted) const;
  // Reads a document by its digest.
  [[nodiscard]] std::string document(const image::descriptor& wanted,
                                     const char* kind) const;
  // Reads the names of all tags.
  [[nodiscard]] std::vector<std::string> tags() const;

 private:
  [[nodiscard]] std::string request_manifest(const std::string& reference) const;
};

// Throws usage_error unless an image's configuration is for this platform.
void require_platform(const std::string& config_text, const platform& wanted);

}  // namespace zoomin::registry
