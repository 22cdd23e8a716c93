// SPDX-License-Identifier: MIT
// transaction: adds images to the store: all of them, or none.
#pragma once

#include <string>
#include <vector>

#include "common/fd.hpp"
#include "image/archive/staging.hpp"
#include "image/store.hpp"

namespace zoomin::image {

class transaction {
 public:
  transaction();  // keeps images from being removed; needs make_store()
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  ~transaction();  // without commit(), removes the unused blobs and layers

  void add_blob(const staged& file);
  // Adds an image by its manifest, under these names. Its blobs and layers have been
  // stored.
  void add_image(const descriptor& manifest, const std::vector<std::string>& names);
  // Writes blobs and layers to the disk, then makes the images visible.
  void commit();

 private:
  unique_fd use_;
  std::vector<descriptor> named_;
  bool committed_ = false;
};

// Opens an archive; "-" is standard input. Throws usage_error for a directory.
unique_fd open_input(const std::string& path);

}  // namespace zoomin::image
