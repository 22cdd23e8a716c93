// SPDX-License-Identifier: MIT
#include "build/new_layer.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <utility>

#include "03-mnt/mnt.hpp"
#include "common/chroot.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/writable_layer.hpp"
#include "image/archive/gzip.hpp"
#include "image/archive/layer.hpp"
#include "image/archive/layer_writer.hpp"

namespace zoomin::build {

namespace {

std::string make_directory() {
  std::string path = image::layers_directory() + "/.new-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    throw sys::error(errno, "mkdtemp", image::layers_directory());
  return path;
}

// Returns the layers, or an empty directory if there are none: an overlay needs at least
// one lower layer.
std::vector<std::string> at_least_one(std::vector<std::string> layers) {
  if (!layers.empty()) return layers;
  const std::string empty = image::layers_directory() + "/.empty";
  if (sys::make_directory(sys::quiet, empty, 0755))
    sys::check("chmod", empty, [&] { return ::chmod(empty.c_str(), 0755); });
  return {empty};
}

struct archived {
  image::staged blob;
  std::string diff_id;
  image::written_layer written;
};

archived archive(const std::string& upper, const image::layer_rules& rules,
                 image::staging& files) {
  archived result;
  image::digester diff_id;
  result.blob = files.add([&](const image::staging::sink& to) {
    image::gzip_writer compressed(to);
    result.written = image::write_layer(upper, rules, [&](std::span<const char> bytes) {
      diff_id.add(bytes);
      compressed.add(bytes);
    });
    compressed.finish();
  });
  result.diff_id = diff_id.finish();
  return result;
}

finished_layer store_blob(const archived& layer) {
  const std::string type = image::layer_type(layer.blob);
  image::staging::keep(layer.blob);
  return {{type, layer.blob.digest, layer.blob.size},
          layer.diff_id,
          layer.written.size_bytes};
}

void unpack(const archived& layer) {
  const unique_fd file = sys::open(layer.blob.path, O_RDONLY);
  image::unpack_layer(file.get(), "the new layer", layer.diff_id);
}

}  // namespace

void enter_own_mounts() {
  chroot::note();
  sys::unshare(sys::quiet, CLONE_NEWNS);
  mnt::make_private();
}

new_layer::new_layer(std::vector<std::string> layers)
    : directory_(make_directory()), layers_(at_least_one(std::move(layers))) {
  in_memory_ = !overlay::can_be_upper(directory_);
  top_.emplace(container::open_writable_layer(directory_, layers_));
}

new_layer::~new_layer() { remove(); }

void new_layer::remove() noexcept try {
  if (directory_.empty()) return;
  unmount();
  top_.reset();
  if (in_memory_) container::release_writable_layer(directory_);
  sys::remove_tree(sys::quiet, directory_);
  directory_.clear();
} catch (const std::exception&) {  // collect_garbage() removes it later
}

unique_fd new_layer::mount() {
  const std::string merged = directory_ + "/merged";
  overlay::mount_at(merged, layers_, directory_);
  mounted_ = true;
  return sys::open(merged, O_RDONLY | O_DIRECTORY);
}

void new_layer::unmount() {
  if (std::exchange(mounted_, false))
    sys::umount(sys::quiet, directory_ + "/merged", MNT_DETACH);
}

std::optional<finished_layer> new_layer::finish(std::optional<std::int64_t> newest,
                                                image::staging& files) {
  unmount();
  const archived layer = archive(upper(), {layers_, newest}, files);
  if (layer.written.empty) return std::nullopt;
  if (in_memory_) {
    unpack(layer);
    return store_blob(layer);
  }
  sys::check("rename", upper(),
             [&] { return ::rename(upper().c_str(), (directory_ + "/tree").c_str()); });
  for (const char* name : {"/work", "/merged"})
    sys::remove_tree(sys::quiet, directory_ + name);
  top_.reset();
  if (image::publish_layer(directory_, layer.diff_id, layer.written.size_bytes))
    directory_.clear();
  return store_blob(layer);
}

std::optional<finished_layer> store_copy(const std::string& upper,
                                         const std::vector<std::string>& layers,
                                         const std::set<std::string>& mount_points,
                                         std::optional<std::int64_t> newest,
                                         image::staging& files) {
  const archived layer =
      archive(upper, {at_least_one(layers), newest, mount_points}, files);
  if (layer.written.empty) return std::nullopt;
  unpack(layer);
  return store_blob(layer);
}

}  // namespace zoomin::build
