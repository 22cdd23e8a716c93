// SPDX-License-Identifier: MIT
#include "image/archive/candidate.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "image/store.hpp"

namespace zoomin::image {

std::vector<std::string> diff_ids_of(const candidate& image) {
  const auto count = parse_manifest(image.manifest).layers.size();
  auto diff_ids = parse_configuration(image.config).diff_ids;
  if (diff_ids.size() != count)
    throw usage_error(fmt::format("the image has {} layers, but its configuration has {}",
                                  count, diff_ids.size()));
  if (count > max_layers)
    throw usage_error(fmt::format("the image has {} layers: at most {} can be mounted",
                                  count, max_layers));
  return diff_ids;
}

std::string add_image(transaction& store, staging& files, const candidate& image) {
  const auto documents = parse_manifest(image.manifest);
  store.add_blob(files.add_text(image.config));
  const staged document = files.add_text(image.manifest);
  store.add_blob(document);
  descriptor entry{documents.media_type, document.digest, document.size};
  entry.pulled = image.pulled;
  store.add_image(entry, image.names);
  return documents.config.digest;
}

}  // namespace zoomin::image
