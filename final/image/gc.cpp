// SPDX-License-Identifier: MIT
#include "image/gc.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <set>

#include "base/parallel.hpp"
#include "common/error.hpp"
#include "common/narration.hpp"
#include "common/remove_tree.hpp"
#include "common/sys.hpp"
#include "image/build_cache.hpp"
#include "image/build_lease.hpp"
#include "image/resolve.hpp"
#include "image/store.hpp"

namespace zoomin::image {

namespace {

struct referenced {
  std::set<std::string> blobs, layers;
};

// Returns the blobs and layers that images use. Returns nothing if an image is damaged:
// then its blobs and layers aren't known, and a container may use them.
std::optional<referenced> used_by_images() try {
  referenced result;
  for (const auto& entry : read_index()) {
    const stored_image image = read_image(entry);
    result.blobs.insert({entry.digest, image.id()});
    for (const auto& layer : image.documents.layers) result.blobs.insert(layer.digest);
    const auto config = read_configuration(image);
    result.layers.insert(config.diff_ids.begin(), config.diff_ids.end());
  }
  return result;
} catch (const usage_error& damaged) {
  narration::warn(fmt::format("unused layers are not removed: {}", damaged.what()));
  return std::nullopt;
}

// Returns the blobs and layers that images, the build cache and running builds use.
std::optional<referenced> find_referenced() {
  auto result = used_by_images();
  if (!result) return result;
  for (const auto& step : cached_steps()) {
    result->blobs.insert(step.blob.digest);
    result->layers.insert(step.diff_id);
  }
  for (const auto& digest : leased_digests()) {
    result->blobs.insert(digest);
    result->layers.insert(digest);
  }
  return result;
}

// Removes trees, several at once. Warns of failures.
void remove_trees(const std::vector<std::string>& paths) {
  std::vector<int> failures(paths.size());
  base::each_in_parallel(paths.size(), [&](std::size_t at) {
    try {
      sys::remove_tree(sys::quiet, paths[at]);
    } catch (const sys::error& failure) {
      failures[at] = failure.number();
    }
  });
  for (std::size_t i = 0; i < paths.size(); ++i)
    if (failures[i] != 0)
      narration::warn(fmt::format("can't remove {}: {}", sys::quote(paths[i]),
                                  std::strerror(failures[i])));
}

// Removes the directories ".new-…" and ".gone-…" that a killed command left behind. A
// locked directory is still in use.
void remove_leftovers(const std::string& directory) {
  for (const auto& name : sys::list_directory(directory)) {
    if (!name.starts_with(".new-") && !name.starts_with(".gone-")) continue;
    const auto left = sys::open_if_exists(directory + "/" + name, O_RDONLY | O_DIRECTORY);
    if (left && sys::try_lock(left->get()))
      sys::remove_tree_or_warn(directory + "/" + name);
  }
}

// Removes the layers and blobs that aren't in use. The directories of layers are renamed
// first, so that no other process sees an incomplete layer. Returns the ids of the
// layers.
std::vector<std::string> remove_unreferenced(const referenced& used) {
  std::vector<std::string> removed, gone;
  for (const auto& name : sys::list_directory(layers_directory())) {
    if (name.starts_with(".") || used.layers.contains("sha256:" + name)) continue;
    const std::string path = layers_directory() + "/" + name;
    gone.push_back(layers_directory() + "/.gone-" + name);
    if (::rename(path.c_str(), gone.back().c_str()) != 0) gone.pop_back();
    removed.push_back("sha256:" + name);
  }
  const std::string blobs = images_directory() + "/blobs/sha256/";
  for (const auto& name : sys::list_directory(blobs))
    if (!used.blobs.contains("sha256:" + name)) gone.push_back(blobs + name);
  remove_trees(gone);
  return removed;
}

}  // namespace

std::vector<std::string> collect_garbage() {
  std::vector<std::string> removed;
  if (const auto used = find_referenced()) removed = remove_unreferenced(*used);
  remove_leftovers(images_directory());
  remove_leftovers(layers_directory());
  return removed;
}

pruned_cache prune_build_cache(bool include_used) {
  make_store();
  const unique_fd alone = lock_use(true);
  const auto used = used_by_images();
  pruned_cache result;
  if (!used) return result;
  for (const auto& step : cached_steps()) {
    const bool in_image = used->layers.contains(step.diff_id);
    if (!include_used && (in_image || !step.has_layer())) continue;
    if (!in_image) result.bytes += step.size_bytes;
    result.keys.push_back(step.key);
    remove_cached(step.key);
  }
  if (include_used) result.bytes += remove_cache_mounts();
  collect_garbage();
  return result;
}

void clean_up() {
  if (const auto alone = try_lock_use()) collect_garbage();
}

}  // namespace zoomin::image
