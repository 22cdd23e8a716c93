// SPDX-License-Identifier: MIT
// image: a stack of layers with a configuration, stored under a name.
//
// On disk, below root_directory():
//   images/              an OCI image layout, readable by any OCI tool: oci-layout,
//                        index.json (the names), blobs/sha256/… (unchanged)
//   layers/<diff id>/    an unpacked layer: tree/ is a directory for an overlay mount,
//                        size holds its bytes; shared by all images that have the layer
// An image's id is the digest of its configuration, "sha256:…". An image without a name
// stays until it is removed by its id.
//
// There are three kinds of locks, flock(2). `.use` is held shared while an image is
// stored or a container of it is created, and exclusively while unused blobs and layers
// are removed. `.index` is held while index.json is changed. The lock of a layer is held
// while it is unpacked.
//
// archive/load.hpp reads and writes archives.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/fd.hpp"

namespace zoomin::image {

struct resolved_image {
  std::string id;                   // "sha256:…" of the configuration
  std::string reference;            // as the user wrote it
  std::vector<std::string> layers;  // unpacked directories, bottom first
  std::string config;               // the OCI image configuration, JSON text
};

// Finds an image by NAME[:TAG], by its id or by the beginning of its id. Throws
// usage_error if there is none ("No such image: X") or if several ids begin so.
resolved_image find(const std::string& reference);

// Keeps images from being removed while the result exists. Hold it from find() until the
// spec of the container that uses the image is on disk.
[[nodiscard]] unique_fd hold();

// Holds one line of `image ls`. An image has a line for each of its names, or one line
// without a tag.
struct summary {
  std::string id;
  std::string repository;  // empty without a name
  std::string tag;
  std::string digest;            // of the manifest, or of the index that was pulled
  std::int64_t created = 0;      // seconds since 1970
  std::uint64_t size_bytes = 0;  // of its layers, unpacked
};
// Returns the images, newest first. `on_damage` is called for each image whose manifest
// or configuration can't be read; the other images are returned.
std::vector<summary> list(const std::function<void(const usage_error&)>& on_damage = {});
// Returns the ids of all images.
std::set<std::string> ids();
// Returns the size of the layers of these images, given by id. Each layer counts once.
std::uint64_t size_bytes(const std::set<std::string>& ids);

// Returns the size of all unpacked layers, including those that only the build cache
// uses.
std::uint64_t stored_bytes();

// Joins layers as an overlay mount expects them: the topmost first, a ':' between them.
std::string top_first(const std::vector<std::string>& layers);

// Describes a step of an image's history.
struct step {
  std::string id;  // of the image; only in the newest step
  std::int64_t created = 0;
  std::string created_by;
  std::uint64_t size_bytes = 0;
  std::string comment;
  std::string layer{};  // its diff id; empty if the step changed no file
};
// Returns the steps of an image, newest first. Throws usage_error.
std::vector<step> history(const std::string& reference);

// Returns for each layer, by its diff id, the images that have it: their names and ids.
using names_and_ids = std::map<std::string, std::string>;
std::map<std::string, names_and_ids> layer_users();

// Gives the image another name. An image that had this name loses it. Throws usage_error.
void tag(const std::string& reference, const std::string& name);

// The result of remove().
struct removal {
  std::vector<std::string> untagged;  // names
  std::vector<std::string> deleted;   // ids of images and layers
};
// Removes the name. If it is the image's last name, also removes the image and all layers
// that no other image uses. `used` returns the ids of the images that containers use.
// Throws usage_error if a container uses the image; with `force` the name is removed, and
// the image stays. Throws usage_error if `reference` is an id and the image has several
// names; with `force` all names are removed.
removal remove(const std::string& reference, bool force,
               const std::function<std::set<std::string>()>& used);

}  // namespace zoomin::image
