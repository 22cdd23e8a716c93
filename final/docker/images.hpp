// SPDX-License-Identifier: MIT
// images: lists and describes images as `images`, `history` and `image inspect` do.
// Use it while an engine exists (engine.hpp): it reads that engine's directories.
#pragma once

#include <string>
#include <vector>

#include "docker/columns.hpp"
#include "docker/filters.hpp"
#include "image/image.hpp"

namespace zoomin::docker {

struct image_query {
  // "web" selects all tags of the repository, "web:1" one tag, and a pattern such as
  // "*/web:*" all images that match it, fnmatch(3). If empty, all images are selected.
  std::string name;
  std::vector<std::string> filters{};  // KEY=VALUE
};
// Returns the images that the query selects, newest first, one for each name. Throws
// filter_error, and usage_error if a filter names an image that doesn't exist.
std::vector<image::summary> list_images(const image_query& query,
                                        const on_damage& report);
listing image_listing(const std::vector<image::summary>& images, bool no_trunc);

// Returns the JSON text of one object. Throws usage_error.
std::string inspect_image(const std::string& reference);
// Returns the labels of an image's configuration.
label_map image_labels(const std::string& reference);

// Lists the steps by which an image was built, newest first. If `human`, sizes are
// rounded.
listing history_listing(const std::string& reference, bool no_trunc, bool human);

}  // namespace zoomin::docker
