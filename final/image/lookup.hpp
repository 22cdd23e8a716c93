// SPDX-License-Identifier: MIT
// lookup: which of the images that are here is meant.
#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"
#include "image/store.hpp"

namespace zoomin::image {

struct kept {
  descriptor entry;  // of index.json
  manifest documents;
  [[nodiscard]] const std::string& id() const { return documents.config.digest; }
};

kept read_image(const descriptor& entry);

// "web", "web:1": the entry of that name. Nothing where there is none, or `text` can't be
// a name.
const descriptor* by_name(const std::vector<descriptor>& entries,
                          const std::string& text);

// By name, else by the beginning of an id. Throws usage_error.
kept look_up(const std::vector<descriptor>& entries, const std::string& reference);

}  // namespace zoomin::image
