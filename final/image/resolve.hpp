// SPDX-License-Identifier: MIT
// resolve: finds the stored image that a name, digest or id refers to.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "image/store.hpp"

namespace zoomin::image {

// Holds an image's entry in the index and its manifest.
struct stored_image {
  descriptor entry;  // of index.json
  manifest documents;
  [[nodiscard]] const std::string& id() const { return documents.config.digest; }
};

// Read the manifest of an image, or its configuration. Throw usage_error with the kind
// `damaged` if it is missing or malformed.
stored_image read_image(const descriptor& entry);
configuration read_configuration(const stored_image& image);

// Returns the images whose manifests can be read. `on_damage` is called for each
// other image.
std::vector<stored_image> readable(
    const std::vector<descriptor>& entries,
    const std::function<void(const usage_error&)>& on_damage = {});

// Finds the entry of a name such as "web" or "web:1". Returns nullptr if there is none,
// or if `text` isn't a valid name.
const descriptor* by_name(const std::vector<descriptor>& entries,
                          const std::string& text);

// Finds the entries of "web@sha256:…": those of this repository whose manifest has this
// digest, and those pulled by it. A tag before the digest is ignored, as with docker.
std::vector<descriptor> by_digest(const std::vector<descriptor>& entries,
                                  const std::string& text);

// Finds an image by its name, by name and digest, or by the beginning of its id. Throws
// usage_error.
stored_image resolve(const std::vector<descriptor>& entries,
                     const std::string& reference);

}  // namespace zoomin::image
