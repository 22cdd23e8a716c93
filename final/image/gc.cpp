// SPDX-License-Identifier: MIT
#include "image/gc.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <set>

#include "common/descent.hpp"
#include "common/error.hpp"
#include "common/narration.hpp"
#include "common/sys.hpp"
#include "image/resolve.hpp"
#include "image/store.hpp"

namespace zoomin::image {

namespace {

struct referenced {
  std::set<std::string> blobs, layers;
};

// Returns the blobs and layers that images use. It is empty where an image is damaged:
// its blobs and layers aren't known then, and a container of it may run.
std::optional<referenced> referenced_by_index() try {
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
  narration::warn(fmt::format("unused layers stay: {}", damaged.what()));
  return std::nullopt;
}

// First renamed, so that nobody finds half of it.
void remove_directory(const std::string& parent, const std::string& name) {
  const std::string gone = parent + "/.gone-" + name;
  if (::rename((parent + "/" + name).c_str(), gone.c_str()) == 0)
    sys::remove_tree_or_warn(gone);
}

// What a killed load or removal left: ".new-…" and ".gone-…". What is locked, its owner
// still fills.
void remove_left(const std::string& directory) {
  for (const auto& name : sys::list_directory(directory)) {
    if (!name.starts_with(".new-") && !name.starts_with(".gone-")) continue;
    const auto left = sys::open_if_exists(directory + "/" + name, O_RDONLY | O_DIRECTORY);
    if (left && sys::try_lock(left->get()))
      sys::remove_tree_or_warn(directory + "/" + name);
  }
}

std::vector<std::string> remove_unreferenced(const referenced& all) {
  std::vector<std::string> removed;
  for (const auto& name : sys::list_directory(layers_directory())) {
    if (name.starts_with(".") || all.layers.contains("sha256:" + name)) continue;
    remove_directory(layers_directory(), name);
    removed.push_back("sha256:" + name);
  }
  const std::string blobs = images_directory() + "/blobs/sha256";
  for (const auto& name : sys::list_directory(blobs))
    if (!all.blobs.contains("sha256:" + name)) ::unlink((blobs + "/" + name).c_str());
  return removed;
}

}  // namespace

std::vector<std::string> collect_garbage() {
  std::vector<std::string> removed;
  if (const auto result = referenced_by_index()) removed = remove_unreferenced(*result);
  remove_left(images_directory());
  remove_left(layers_directory());
  return removed;
}

void clean_up() {
  if (const auto alone = try_lock_use()) collect_garbage();
}

}  // namespace zoomin::image
