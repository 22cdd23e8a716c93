// SPDX-License-Identifier: MIT
#include "registry/push.hpp"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <set>

#include "base/events.hpp"
#include "common/error.hpp"
#include "image/image.hpp"
#include "image/reference.hpp"
#include "image/resolve.hpp"
#include "image/store.hpp"
#include "registry/remote.hpp"
#include "registry/session.hpp"
#include "registry/upload.hpp"
#include "registry/workers.hpp"

namespace zoomin::registry {

namespace {

// Uploads mostly wait for the registry, so there are more of them than processors. Docker
// also has five.
constexpr std::size_t max_uploads = 5;

constexpr auto oci_manifest = "application/vnd.oci.image.manifest.v1+json";

// Maps the digests of layers to a repository of the registry that has them, as far as the
// names of images in the store show it.
using sources = std::map<std::string, std::string>;

sources other_repositories(const remote_name& remote) {
  sources found;
  for (const auto& image : image::readable(image::read_index())) {
    const auto& entry = image.entry;
    const auto& name = entry.pulled.empty() ? entry.name : entry.pulled;
    if (name.empty()) continue;
    const auto other = parse_remote(name);
    if (other.host != remote.host || other.repository == remote.repository) continue;
    for (const auto& layer : image.documents.layers)
      found.emplace(layer.digest, other.repository);
  }
  return found;
}

// Returns the scopes of a token: write to this repository, and read from those from which
// blobs are mounted.
std::vector<std::string> scopes_of(const remote_name& remote,
                                   const std::vector<image::descriptor>& blobs,
                                   const sources& other_sources) {
  std::set<std::string> repositories;
  for (const auto& blob : blobs)
    if (const auto found = other_sources.find(blob.digest); found != other_sources.end())
      repositories.insert(found->second);
  std::vector<std::string> scopes{
      fmt::format("repository:{}:pull,push", remote.repository)};
  for (const auto& repository : repositories)
    scopes.push_back(fmt::format("repository:{}:pull", repository));
  return scopes;
}

// Returns the image's layers, each once.
std::vector<image::descriptor> layers_of(const image::stored_image& image) {
  std::vector<image::descriptor> layers;
  std::set<std::string> seen;
  for (const auto& layer : image.documents.layers)
    if (seen.insert(layer.digest).second) layers.push_back(layer);
  return layers;
}

image::stored_image find_image(const std::string& name) {
  const auto entries = image::read_index();
  const auto* entry = image::by_name(entries, name);
  if (entry == nullptr)
    throw usage_error(
        failure_kind::not_found,
        fmt::format("An image does not exist locally with the tag: {}", name),
        "zoomin tag IMAGE NAME gives an image another name");
  return image::read_image(*entry);
}

void put_manifest(session& to, connection& over, const remote_name& remote,
                  const image::stored_image& image) {
  const auto& type = image.documents.media_type;
  const auto answer = to.send(
      over, {"PUT",
             fmt::format("/v2/{}/manifests/{}", remote.repository, remote.tag),
             {fmt::format("Content-Type: {}", type.empty() ? oci_manifest : type)},
             image::read_document(image.entry.digest)});
  if (answer->status() != 201) refuse(*answer, "push to " + remote.repository);
}

void announce(const std::string& tag, const std::vector<image::descriptor>& layers,
              observer& watching, pushed& result) {
  std::vector<layer_line> lines;
  for (const auto& layer : layers) {
    lines.push_back({layer.digest.substr(7, 12), layer.size});
    result.bytes += layer.size;
  }
  watching.begin(tag, lines);
}

std::string result_text(blob_state state, const std::string& mounted_from) {
  if (state == blob_state::sent) return "Pushed";
  return state == blob_state::mounted ? "Mounted from " + mounted_from
                                      : "Layer already exists";
}

}  // namespace

pushed push(const std::string& name, bool verify_tls, observer& watching,
            const base::cancellation& stop) {
  const unique_fd use = image::hold();
  const auto remote = parse_remote(name);
  const auto image = find_image(name);
  const auto layers = layers_of(image);
  const auto other_sources = other_repositories(remote);
  session to(endpoints_of(remote.host, verify_tls).back(),
             scopes_of(remote, layers, other_sources), &watching);
  pushed result{image.entry.digest, image.entry.size, layers.size()};
  announce(remote.tag, layers, watching, result);
  std::mutex counting;
  const auto send_layer = [&](std::size_t number, connection& over) {
    const auto& layer = layers[number];
    const auto found = other_sources.find(layer.digest);
    const auto from = found == other_sources.end() ? "" : found->second;
    const auto state =
        upload(to, over, remote.repository, layer, from,
               [&](std::uint64_t bytes) { watching.moved(number, bytes); });
    watching.ended(number, result_text(state, from));
    const std::lock_guard lock(counting);
    result.layers_existing += state == blob_state::sent ? 0 : 1;
    result.sent += state == blob_state::sent ? layer.size : 0;
  };
  work_in_parallel(layers.size() + 1, max_uploads, to, stop,
                   [&](std::size_t number, connection& over) {
                     if (number < layers.size()) return send_layer(number, over);
                     upload(to, over, remote.repository, image.documents.config, "",
                            [](std::uint64_t) {});
                   });
  connection over = to.connect([&] { return stop.requested(); });
  put_manifest(to, over, remote, image);
  base::emit({"image", "push", image.id(), {{"name", image.entry.name}}});
  return result;
}

std::vector<std::string> stored_tags(const std::string& name) {
  const auto repository = image::parse_reference(name).repository;
  std::vector<std::string> names;
  for (const auto& entry : image::read_index())
    if (!entry.name.empty() &&
        image::parse_reference(entry.name).repository == repository)
      names.push_back(entry.name);
  if (names.empty())
    throw usage_error(
        failure_kind::not_found,
        fmt::format("An image does not exist locally with the tag: {}", repository));
  return names;
}

}  // namespace zoomin::registry
