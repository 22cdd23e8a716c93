// SPDX-License-Identifier: MIT
// save: an OCI image layout with docker save's manifest.json beside it. Both name the
// same blobs, which go out as they came in.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/archive/digest.hpp"
#include "image/archive/load.hpp"
#include "image/archive/tar_writer.hpp"
#include "image/reference.hpp"
#include "image/resolve.hpp"
#include "image/store.hpp"

namespace zoomin::image {

using nlohmann::json;

namespace {

constexpr std::size_t piece_bytes = 256UL << 10;

std::vector<stored_image> all_tags(const std::vector<descriptor>& entries,
                                   const std::string& text) {
  std::vector<stored_image> images;
  const std::string repository = parse_reference(text).repository;
  for (const auto& entry : entries)
    if (!entry.name.empty() && parse_reference(entry.name).repository == repository)
      images.push_back(read_image(entry));
  return images;
}

std::vector<stored_image> meant_by(const std::vector<descriptor>& entries,
                                   const std::string& text) {
  const bool is_name = by_name(entries, text) != nullptr;
  if (is_name && !has_tag(text)) return all_tags(entries, text);
  stored_image image = resolve(entries, text);
  if (!is_name) image.entry.name.clear();
  return {image};
}

// By name, then those without one that aren't there by a name.
std::vector<stored_image> chosen(const std::vector<std::string>& references) {
  const auto entries = read_index();
  std::map<std::string, stored_image> named, nameless;
  for (const auto& text : references)
    for (const auto& one : meant_by(entries, text))
      (one.entry.name.empty() ? nameless[one.entry.digest] : named[one.entry.name]) = one;
  std::vector<stored_image> images;
  for (const auto& [name, one] : named) {
    images.push_back(one);
    nameless.erase(one.entry.digest);
  }
  for (const auto& [digest, one] : nameless) images.push_back(one);
  return images;
}

std::string place_of(const std::string& digest) {
  return "blobs/sha256/" + digest.substr(7);
}

// What `docker load` reads: an image once, with all of its names.
std::string docker_text(const std::vector<stored_image>& images) {
  json result = json::array();
  std::map<std::string, std::size_t> seen;
  for (const auto& image : images) {
    const auto [at, is_new] = seen.try_emplace(image.id(), result.size());
    if (is_new) {
      json layers = json::array();
      for (const auto& layer : image.documents.layers)
        layers.push_back(place_of(layer.digest));
      result.push_back(
          {{"Config", place_of(image.id())}, {"RepoTags", nullptr}, {"Layers", layers}});
    }
    if (!image.entry.name.empty())
      result[at->second]["RepoTags"].push_back(image.entry.name);
  }
  return result.dump(2) + "\n";
}

// What changed on the disk since it was loaded isn't passed on as what it was.
void copy_blob(const descriptor& blob, const tar_writer::sink& to) {
  const std::string path = blob_path(blob.digest);
  const unique_fd file = sys::open(path, O_RDONLY | O_NOFOLLOW);
  digester digest;
  std::vector<char> piece(piece_bytes);
  while (const auto got = sys::check("read", path, [&] {
           return ::read(file.get(), piece.data(), piece.size());
         })) {
    const std::span bytes(piece.data(), static_cast<std::size_t>(got));
    digest.add(bytes);
    to(bytes);
  }
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
  const auto images = chosen(references);
  std::vector<descriptor> entries;
  for (const auto& one : images) entries.push_back(one.entry);
  tar_writer out(to);
  out.add_text("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  out.add_text("index.json", index_text(entries));
  out.add_text("manifest.json", docker_text(images));
  for (const auto* directory : {"blobs", "blobs/sha256"}) out.add_directory(directory);
  for (const auto& blob : blobs_of(images))
    out.add(place_of(blob.first), blob.second.size,
            [&](const tar_writer::sink& sink) { copy_blob(blob.second, sink); });
  out.finish();
}

}  // namespace zoomin::image
