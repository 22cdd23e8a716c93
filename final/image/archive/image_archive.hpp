// SPDX-License-Identifier: MIT
// image_archive: an image archive taken apart: each of its files is staged under a name
// of ours, and what it is called in the archive is only a key.
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
  // Throws usage_error where it isn't there. Symbolic links are followed once.
  [[nodiscard]] const staged& at(const std::string& key) const;
  // A small file's text.
  [[nodiscard]] std::string text(const std::string& key) const;
  // The blob that must have this digest and size, as "blobs/sha256/…".
  [[nodiscard]] const staged& blob(const std::string& digest, std::uint64_t size) const;
  // The text of such a one.
  [[nodiscard]] std::string document(const std::string& digest, std::uint64_t size) const;

 private:
  std::map<std::string, staged> files_;
  std::map<std::string, std::string> links_;
};

// "a/b/layer.tar" and "../c/layer.tar" -> "a/c/layer.tar": names as text.
std::string joined_key(const std::string& link, const std::string& points_to);

}  // namespace zoomin::image
