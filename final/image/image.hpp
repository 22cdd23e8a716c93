// SPDX-License-Identifier: MIT
// image: a stack of layers and what runs in it, kept under a name.
//
// On disk, below root_directory():
//   images/              an OCI image layout, readable by any OCI tool: oci-layout,
//                        index.json (the names), blobs/sha256/… (as they came)
//   layers/<diff id>/    a layer unpacked: tree/ is a directory for an overlay mount,
//                        size its bytes; shared by all images that have it
// An image's id is the digest of its configuration, "sha256:…". One without a name stays
// until it is removed by its id.
//
// Three locks, flock(2): .use is held shared while an image is being put in place or
// taken into use, exclusively while unused blobs and layers are removed; .index by
// whoever changes index.json; a layer's own by whoever unpacks it.
//
// Reading and writing archives is load.hpp's.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/fd.hpp"

namespace zoomin::image {

struct resolved_image {
  std::string id;                   // "sha256:…" of the configuration
  std::string reference;            // the name asked for
  std::vector<std::string> layers;  // unpacked directories, bottom first
  std::string config;               // the OCI image configuration, JSON text
};

// By name[:tag], by id or by the beginning of one. Throws usage_error, "No such image:
// X", and where X begins more than one id.
resolved_image find(const std::string& reference);

// As long as the result lives, no image is removed: from find() until the container that
// uses the image is written down.
[[nodiscard]] unique_fd hold();

// One line of `image ls`: an image has as many as it has names, or one without.
struct summary {
  std::string id;
  std::string repository;  // empty: none
  std::string tag;
  std::string digest;            // of the manifest
  std::int64_t created = 0;      // seconds since 1970
  std::uint64_t size_bytes = 0;  // of its layers, unpacked
};
// Returns the images, newest first. `on_damage` is called for each image whose manifest
// or configuration can't be read; it hides no other image.
std::vector<summary> list(const std::function<void(const usage_error&)>& on_damage = {});
std::set<std::string> ids();
// Of the layers that these images (ids) have, each layer once.
std::uint64_t size_bytes(const std::set<std::string>& ids);

// Layers as an overlay mount names them: the topmost first, a ':' between them.
std::string top_first(const std::vector<std::string>& layers);

// What `image inspect` prints, in Docker's shape: JSON text of one object.
std::string inspect(const std::string& reference);

// What made each layer, newest first.
struct step {
  std::string id;  // of the image, on the first line alone
  std::int64_t created = 0;
  std::string created_by;
  std::uint64_t size_bytes = 0;
  std::string comment;
};
std::vector<step> history(const std::string& reference);

// Gives the image another name; one that has it already loses it. Throws usage_error.
void tag(const std::string& reference, const std::string& name);

struct removal {
  std::vector<std::string> untagged;  // names
  std::vector<std::string> deleted;   // ids of images and layers
};
// Takes the name away, and removes the image with what nothing else uses where that was
// its last one. `used`: ids of images that containers have. Throws usage_error where a
// container uses it (with `force` its name goes all the same, the rest stays), or where
// an id has several names (with `force` all go).
removal remove(const std::string& reference, bool force,
               const std::function<std::set<std::string>()>& used);

}  // namespace zoomin::image
