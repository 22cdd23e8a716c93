// SPDX-License-Identifier: MIT
// image_archive: reads the files of an image archive. Each is staged under a name that
// zoomin chooses; its name in the archive is only a key.
#pragma once

#include <map>
#include <string>

#include "image/archive/staging.hpp"

namespace zoomin::image {

class image_archive {
 public:
  // Reads the whole archive from `fd`. Throws usage_error.
  image_archive(int fd, const std::string& name, staging& files);

  [[nodiscard]] bool has(const std::string& key) const { return files_.contains(key); }
  // Returns the file with this key. Follows one symbolic link. Throws usage_error if
  // there is no such file.
  [[nodiscard]] const staged& at(const std::string& key) const;
  // Returns the text of a small file.
  [[nodiscard]] std::string text(const std::string& key) const;
  // Returns the blob "blobs/sha256/…". Throws usage_error unless it has this digest and
  // size.
  [[nodiscard]] const staged& blob(const std::string& digest, std::uint64_t size) const;
  // Returns the text of a blob that is a document.
  [[nodiscard]] std::string document(const std::string& digest, std::uint64_t size) const;

 private:
  std::map<std::string, staged> files_;
  std::map<std::string, std::string> links_;
};

// Resolves the target of a symbolic link relative to the link, as text: "a/b/layer.tar"
// and "../c/layer.tar" become "a/c/layer.tar".
std::string joined_key(const std::string& link, const std::string& target);

}  // namespace zoomin::image
