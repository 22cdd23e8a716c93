// SPDX-License-Identifier: MIT
// new_layer: a writable layer that becomes a layer of an image.
//
// It is a directory "layers/.new-…" with upper/, work/ and merged/, locked while it is in
// use. An overlay of the lower layers and upper/ is mounted: for COPY in this process's
// own mount namespace, for RUN in the container. Then upper/ is written as an archive
// compressed by gzip: the layer's blob, which push and save send unchanged. rename(2)
// makes upper/ the unpacked layer, so no file is copied. If the file system of the store
// can't hold an upper directory, upper/ is in memory, and the layer is unpacked from the
// archive.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "05-overlay/overlay.hpp"
#include "image/archive/staging.hpp"
#include "image/store.hpp"

namespace zoomin::build {

// Gives this process a mount namespace of its own, so that no mount outlives it. Call it
// once, before any other thread exists.
void enter_own_mounts();

struct finished_layer {
  image::descriptor blob;
  std::string diff_id;
  std::uint64_t size_bytes = 0;
};

class new_layer {
 public:
  // `layers` are the unpacked lower layers, bottom first.
  explicit new_layer(std::vector<std::string> layers);
  new_layer(const new_layer&) = delete;
  new_layer& operator=(const new_layer&) = delete;
  ~new_layer();  // removes the directory unless finish() published it

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] const std::vector<std::string>& layers() const { return layers_; }
  [[nodiscard]] const overlay::writable& top() const { return *top_; }
  [[nodiscard]] std::string upper() const { return directory_ + "/upper"; }

  // Mounts the overlay and returns its root. The caller closes the descriptor before
  // finish(), which unmounts the overlay.
  [[nodiscard]] unique_fd mount();
  // Stores the layer and its blob. `newest` is passed to write_layer(). Returns nothing
  // if the layer has no changes.
  std::optional<finished_layer> finish(std::optional<std::int64_t> newest,
                                       image::staging& files);

 private:
  void remove() noexcept;
  void unmount();
  std::string directory_;
  std::vector<std::string> layers_;
  std::optional<overlay::writable> top_;
  bool in_memory_ = false;
  bool mounted_ = false;
};

// Stores a copy of a container's upper directory as a layer. Times after `newest` become
// `newest`; the paths in `mount_points` are left out.
std::optional<finished_layer> store_copy(const std::string& upper,
                                         const std::vector<std::string>& layers,
                                         const std::set<std::string>& mount_points,
                                         std::optional<std::int64_t> newest,
                                         image::staging& files);

}  // namespace zoomin::build
