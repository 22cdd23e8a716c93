// SPDX-License-Identifier: MIT
// images: the images as `images`, `history` and `image inspect` show them.
#pragma once

#include <string>
#include <vector>

#include "docker/columns.hpp"
#include "docker/filters.hpp"
#include "image/image.hpp"

namespace zoomin::docker {

struct image_query {
  // "web" selects all of its tags, "web:1" one of them; a pattern such as "*/web:*" those
  // that match, fnmatch(3). Empty: all.
  std::string name;
  std::vector<std::string> filters{};  // KEY=VALUE
};
// Returns the images that the query selects, newest first, one for each name. Throws
// filter_error, and usage_error if a filter names an image that doesn't exist.
std::vector<image::summary> list_images(const image_query& query,
                                        const on_damage& report);
listing image_listing(const std::vector<image::summary>& images, bool whole);

// Returns the JSON text of one object. Throws usage_error.
std::string inspect_image(const std::string& reference);
// Returns the labels of an image's configuration.
label_map image_labels(const std::string& reference);

// Lists the steps by which an image was built, newest first. `human`: sizes are rounded.
listing history_listing(const std::string& reference, bool whole, bool human);

}  // namespace zoomin::docker
