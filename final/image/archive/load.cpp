// SPDX-License-Identifier: MIT
#include "image/archive/load.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/events.hpp"
#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
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
// The names of so many layers fit into one page of mount(2)'s text, 18 bytes each;
// docker(1) takes 127.
constexpr std::size_t most_layers = 200;

// An image in the archive, its parts already checked against their digests.
struct candidate {
  std::string manifest;  // its text
  std::string config;    // its text
  std::vector<staged> layers;
  std::vector<std::string> names;
};

// The name in the archive, as we keep names; nothing where it is only a tag.
std::vector<std::string> names_of(const std::string& annotation) {
  if (annotation.empty() || annotation == "latest") return {};
  try {
    return {parse_reference(annotation).text()};
  } catch (const usage_error&) {
    return {};
  }
}

candidate read_oci_image(const image_archive& archive, const descriptor& entry) {
  candidate one;
  one.manifest = archive.document(entry.digest, entry.size);
  const auto documents = parse_manifest(one.manifest);
  one.config = archive.document(documents.config.digest, documents.config.size);
  for (const auto& layer : documents.layers)
    one.layers.push_back(archive.blob(layer.digest, layer.size));
  one.names = names_of(entry.name);
  return one;
}

// An index may hold indexes, whose entries are one image for several platforms.
void read_oci_entries(const image_archive& archive, const std::string& index_text,
                      int depth, const std::string& name, std::vector<candidate>& into) {
  if (depth > deepest_index) throw usage_error("the image's indexes go too deep");
  auto entries = for_this_machine(index_text);
  if (entries.empty() && depth > 0)
    throw usage_error("the image is for other machines than this one");
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

// docker save has no manifest of the registry's kind: we write one.
candidate read_docker_image(const image_archive& archive, const json& entry) {
  const auto key = entry.at("Config").get<std::string>();
  candidate one;
  one.config = archive.text(key);
  const staged& config = archive.at(key);
  const std::string named = key.substr(key.rfind('/') + 1, 64);
  if (named.size() == 64 && is_hexadecimal(named) && config.digest != "sha256:" + named)
    throw usage_error(fmt::format("the image's configuration {} has the digest {}",
                                  sys::quote(key), config.digest));
  manifest documents{
      {"application/vnd.oci.image.config.v1+json", config.digest, config.size}, {}};
  for (const auto& layer : entry.at("Layers")) {
    one.layers.push_back(archive.at(layer.get<std::string>()));
    documents.layers.push_back({layer_type(one.layers.back()), one.layers.back().digest,
                                one.layers.back().size});
  }
  one.manifest = manifest_text(documents);
  const auto tags = entry.value("RepoTags", json());
  for (const auto& tag : tags.is_array() ? tags : json::array())
    one.names.push_back(parse_reference(tag.get<std::string>()).text());
  return one;
}

std::vector<candidate> read_docker_images(const image_archive& archive) {
  try {
    std::vector<candidate> candidates;
    for (const auto& entry :
         files::parse_json(archive.text("manifest.json"), "manifest.json"))
      candidates.push_back(read_docker_image(archive, entry));
    return candidates;
  } catch (const json::exception& failure) {
    throw usage_error(
        fmt::format("the archive's manifest.json is malformed: {}", failure.what()));
  }
}

// docker save writes both kinds at once; manifest.json has the names in full.
std::vector<candidate> read_images(const image_archive& archive) {
  std::vector<candidate> candidates;
  if (archive.has("manifest.json"))
    candidates = read_docker_images(archive);
  else if (archive.has("index.json") && archive.has("oci-layout"))
    read_oci_entries(archive, archive.text("index.json"), 0, "", candidates);
  else
    throw usage_error("the archive is neither an OCI image layout nor from docker save",
                      "a root file system becomes an image by `zoomin import`");
  if (candidates.empty())
    throw usage_error("the archive holds no image for this machine");
  return candidates;
}

void unpack(const candidate& candidate) {
  const auto config = parse_configuration(candidate.config);
  if (config.diff_ids.size() != candidate.layers.size())
    throw usage_error(fmt::format("the image has {} layers, its configuration says {}",
                                  candidate.layers.size(), config.diff_ids.size()));
  if (candidate.layers.size() > most_layers)
    throw usage_error(fmt::format("the image has {} layers: at most {} can be mounted",
                                  candidate.layers.size(), most_layers));
  for (std::size_t i = 0; i < candidate.layers.size(); ++i) {
    const unique_fd file = sys::open(candidate.layers[i].path, O_RDONLY);
    unpack_layer(file.get(), "layer " + candidate.layers[i].digest, config.diff_ids[i]);
  }
}

}  // namespace

std::vector<loaded> load(const std::string& path) {
  make_store();
  clean_up();     // what killed ones left
  staging files;  // before the store is held: standard input may take its time
  const unique_fd input = open_input(path);
  const image_archive archive(input.get(), path == "-" ? "standard input" : path, files);
  transaction store;
  const auto images = read_images(archive);
  for (const auto& one : images) unpack(one);
  std::vector<loaded> result;
  for (const auto& candidate : images) {
    const auto documents = parse_manifest(candidate.manifest);
    store.add_blob(files.add_text(candidate.config));
    for (const auto& layer : candidate.layers)
      if (sys::exists(layer.path)) store.add_blob(layer);  // two images may share it
    const staged document = files.add_text(candidate.manifest);
    store.add_blob(document);
    store.name({"", document.digest, document.size}, candidate.names);
    result.push_back({documents.config.digest, candidate.names});
  }
  store.commit();
  for (const auto& [id, names] : result)
    events::emit({"image", "load", id, {{"name", names.empty() ? id : names.front()}}});
  return result;
}

}  // namespace zoomin::image
