// SPDX-License-Identifier: MIT
// save: writes an OCI image layout together with docker save's manifest.json. Both refer
// to the same blobs, which are written unchanged.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/archive/byte_source.hpp"
#include "image/archive/digest.hpp"
#include "image/archive/load.hpp"
#include "image/archive/tar_writer.hpp"
#include "image/reference.hpp"
#include "image/resolve.hpp"
#include "image/store.hpp"

namespace zoomin::image {

using nlohmann::json;

namespace {

std::vector<stored_image> all_tags(const std::vector<descriptor>& entries,
                                   const std::string& text) {
  std::vector<stored_image> images;
  const std::string repository = parse_reference(text).repository;
  for (const auto& entry : entries)
    if (!entry.name.empty() && parse_reference(entry.name).repository == repository)
      images.push_back(read_image(entry));
  return images;
}

std::vector<stored_image> images_of(const std::vector<descriptor>& entries,
                                    const std::string& text) {
  const bool is_name = by_name(entries, text) != nullptr;
  if (is_name && !has_tag(text)) return all_tags(entries, text);
  stored_image image = resolve(entries, text);
  if (!is_name) image.entry.name.clear();
  return {image};
}

// Returns the images to save: first the named ones, then the images without a name that
// aren't already included under a name.
std::vector<stored_image> images_to_save(const std::vector<std::string>& references) {
  const auto entries = read_index();
  std::map<std::string, stored_image> named, nameless;
  for (const auto& reference : references)
    for (const auto& image : images_of(entries, reference))
      (image.entry.name.empty() ? nameless[image.entry.digest]
                                : named[image.entry.name]) = image;
  std::vector<stored_image> images;
  for (const auto& [name, image] : named) {
    images.push_back(image);
    nameless.erase(image.entry.digest);
  }
  for (const auto& [digest, image] : nameless) images.push_back(image);
  return images;
}

std::string path_in_archive(const std::string& digest) {
  return "blobs/sha256/" + digest.substr(7);
}

// Returns manifest.json, which `docker load` reads: each image once, with all its names.
std::string docker_text(const std::vector<stored_image>& images) {
  json result = json::array();
  std::map<std::string, std::size_t> seen;
  for (const auto& image : images) {
    const auto [at, is_new] = seen.try_emplace(image.id(), result.size());
    if (is_new) {
      json layers = json::array();
      for (const auto& layer : image.documents.layers)
        layers.push_back(path_in_archive(layer.digest));
      result.push_back({{"Config", path_in_archive(image.id())},
                        {"RepoTags", nullptr},
                        {"Layers", layers}});
    }
    if (!image.entry.name.empty())
      result[at->second]["RepoTags"].push_back(image.entry.name);
  }
  return result.dump(2) + "\n";
}

// Writes a blob. Throws usage_error if it has changed on the disk since it was loaded.
void copy_blob(const descriptor& blob, const tar_writer::sink& to) {
  const std::string path = blob_path(blob.digest);
  const unique_fd file = sys::open(path, O_RDONLY | O_NOFOLLOW);
  digester digest;
  each_piece(bytes_from(file.get(), path), [&](std::span<const char> piece) {
    digest.add(piece);
    to(piece);
  });
  if (digest.size() != blob.size || digest.finish() != blob.digest)
    throw usage_error(fmt::format("the image's blob {} is damaged", blob.digest),
                      "load the image again");
}

std::map<std::string, descriptor> blobs_of(const std::vector<stored_image>& images) {
  std::map<std::string, descriptor> result;
  for (const auto& image : images) {
    result[image.entry.digest] = image.entry;
    result[image.id()] = image.documents.config;
    for (const auto& layer : image.documents.layers) result[layer.digest] = layer;
  }
  return result;
}

}  // namespace

void save(const std::vector<std::string>& references, int to) {
  const unique_fd use = hold();
  const auto images = images_to_save(references);
  std::vector<descriptor> entries;
  for (const auto& image : images) {
    entries.push_back(image.entry);
    entries.back().pulled.clear();  // only this store needs it
  }
  tar_writer out(to);
  out.add_text("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  out.add_text("index.json", index_text(entries));
  out.add_text("manifest.json", docker_text(images));
  for (const auto* directory : {"blobs", "blobs/sha256"}) out.add_directory(directory);
  for (const auto& blob : blobs_of(images))
    out.add(path_in_archive(blob.first), blob.second.size,
            [&](const tar_writer::sink& sink) { copy_blob(blob.second, sink); });
  out.finish();
}

}  // namespace zoomin::image
