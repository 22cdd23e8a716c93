// SPDX-License-Identifier: MIT
#include "image/archive/load.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/events.hpp"
#include "base/json.hpp"
#include "base/parallel.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/archive/candidate.hpp"
#include "image/archive/image_archive.hpp"
#include "image/archive/layer.hpp"
#include "image/archive/transaction.hpp"
#include "image/gc.hpp"
#include "image/reference.hpp"
#include "image/store.hpp"

namespace zoomin::image {

using nlohmann::json;

namespace {

constexpr int deepest_index = 3;

// Returns the name in the archive as the store writes names; none if it is only a tag.
std::vector<std::string> names_of(const std::string& annotation) {
  if (annotation.empty() || annotation == "latest") return {};
  try {
    return {parse_reference(annotation).text()};
  } catch (const usage_error&) {
    return {};
  }
}

candidate read_oci_image(const image_archive& archive, const descriptor& entry) {
  candidate image;
  image.manifest = archive.document(entry.digest, entry.size);
  const auto documents = parse_manifest(image.manifest);
  image.config = archive.document(documents.config.digest, documents.config.size);
  for (const auto& layer : documents.layers)
    image.layers.push_back(archive.blob(layer.digest, layer.size));
  image.names = names_of(entry.name);
  return image;
}

// Reads the images of an index. It may contain indexes, each of which is one image for
// several platforms.
void read_oci_entries(const image_archive& archive, const std::string& index_text,
                      int depth, const std::string& name, std::vector<candidate>& into) {
  if (depth > deepest_index)
    throw usage_error("the image's indexes are nested too deeply");
  auto entries = for_this_machine(index_text);
  if (entries.empty() && depth > 0)
    throw usage_error("the image has no entry for this machine's platform");
  if (depth > 0) entries.resize(1);
  for (auto& entry : entries) {
    if (entry.name.empty()) entry.name = name;
    const auto text = archive.document(entry.digest, entry.size);
    if (is_index(text))
      read_oci_entries(archive, text, depth + 1, entry.name, into);
    else
      into.push_back(read_oci_image(archive, entry));
  }
}

// Reads an image of docker save. The archive has no OCI manifest, so one is made.
candidate read_docker_image(const image_archive& archive, const json& entry) {
  const auto key = entry.at("Config").get<std::string>();
  candidate image;
  image.config = archive.text(key);
  const staged& config = archive.at(key);
  const std::string named = key.substr(key.rfind('/') + 1, 64);
  if (named.size() == 64 && is_hexadecimal(named) && config.digest != "sha256:" + named)
    throw usage_error(fmt::format("the image's configuration {} has the digest {}",
                                  sys::quote(key), config.digest));
  manifest documents{
      {"application/vnd.oci.image.config.v1+json", config.digest, config.size}, {}};
  for (const auto& layer : entry.at("Layers")) {
    image.layers.push_back(archive.at(layer.get<std::string>()));
    documents.layers.push_back({layer_type(image.layers.back()),
                                image.layers.back().digest, image.layers.back().size});
  }
  image.manifest = manifest_text(documents);
  const auto tags = entry.value("RepoTags", json());
  for (const auto& tag : tags.is_array() ? tags : json::array())
    image.names.push_back(parse_reference(tag.get<std::string>()).text());
  return image;
}

std::vector<candidate> read_docker_images(const image_archive& archive) {
  try {
    std::vector<candidate> candidates;
    for (const auto& entry :
         base::parse_json(archive.text("manifest.json"), "manifest.json"))
      candidates.push_back(read_docker_image(archive, entry));
    return candidates;
  } catch (const json::exception& failure) {
    throw usage_error(
        fmt::format("the archive's manifest.json is malformed: {}", failure.what()));
  }
}

// Reads all images. Docker save may write both formats at once; manifest.json is
// preferred, since it has the full names.
std::vector<candidate> read_images(const image_archive& archive) {
  std::vector<candidate> candidates;
  if (archive.has("manifest.json"))
    candidates = read_docker_images(archive);
  else if (archive.has("index.json") && archive.has("oci-layout"))
    read_oci_entries(archive, archive.text("index.json"), 0, "", candidates);
  else
    throw usage_error("the archive is neither an OCI image layout nor from docker save",
                      "for an archive of a root file system use zoomin import");
  if (candidates.empty())
    throw usage_error("the archive contains no image for this machine");
  return candidates;
}

void unpack(const candidate& image) {
  const auto diff_ids = diff_ids_of(image);
  base::each_in_parallel(image.layers.size(), [&](std::size_t i) {
    const unique_fd file = sys::open(image.layers[i].path, O_RDONLY);
    unpack_layer(file.get(), "layer " + image.layers[i].digest, diff_ids[i]);
  });
}

}  // namespace

std::vector<loaded> load(const std::string& path) {
  make_store();
  clean_up();     // removes leftovers of killed commands
  staging files;  // filled before the store is locked: standard input may be slow
  const unique_fd input = open_input(path);
  const image_archive archive(input.get(), path == "-" ? "standard input" : path, files);
  transaction store;
  const auto images = read_images(archive);
  for (const auto& image : images) unpack(image);
  std::vector<loaded> result;
  for (const auto& image : images) {
    for (const auto& layer : image.layers)
      if (sys::exists(layer.path)) store.add_blob(layer);  // else an image before had it
    result.push_back({add_image(store, files, image), image.names});
  }
  store.commit();
  for (const auto& [id, names] : result)
    base::emit({"image", "load", id, {{"name", names.empty() ? id : names.front()}}});
  return result;
}

}  // namespace zoomin::image
