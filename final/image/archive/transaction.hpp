// SPDX-License-Identifier: MIT
// transaction: the store while images are put into it: all of them, or none.
#pragma once

#include <string>
#include <vector>

#include "common/fd.hpp"
#include "image/archive/staging.hpp"
#include "image/store.hpp"

namespace zoomin::image {

class transaction {
 public:
  transaction();  // nobody removes images from here on; needs make_store()
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  ~transaction();  // without commit(): what nobody has a use for goes again

  void add_blob(const staged& file);
  // An image by its manifest, whose blobs and layers are there.
  void name(const descriptor& manifest, const std::vector<std::string>& names);
  // From here on the images are to be seen. What they are made of reaches the disk first.
  void commit();

 private:
  unique_fd use_;
  std::vector<descriptor> named_;
  bool committed_ = false;
};

// "-" is standard input.
unique_fd open_input(const std::string& path);

}  // namespace zoomin::image
