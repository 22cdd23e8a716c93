// SPDX-License-Identifier: MIT
// new_layer: a writable layer in the making, which becomes a layer of an image.
//
// It is a directory "layers/.new-…" with upper/, work/ and merged/, locked while it is in
// use. An overlay of the layers so far and upper/ is mounted for COPY in this process's
// own mount namespace, and for RUN in the container. Then upper/ is written as an
// archive, compressed by gzip: the layer's blob, which push and save send as it is. And
// it becomes the unpacked layer by rename(2): nothing is copied. Where the disk can't
// hold an overlay's upper directory, upper/ is in memory, and the layer is unpacked from
// the archive.
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
  // `layers` are the trees below, bottom first.
  explicit new_layer(std::vector<std::string> layers);
  new_layer(const new_layer&) = delete;
  new_layer& operator=(const new_layer&) = delete;
  ~new_layer();  // removes it unless finish() was called

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] const std::vector<std::string>& layers() const { return layers_; }
  [[nodiscard]] const overlay::writable& top() const { return *top_; }
  [[nodiscard]] std::string upper() const { return directory_ + "/upper"; }

  // Mounts the overlay and returns its root. It is unmounted by finish(), before which
  // the descriptor is to be closed.
  [[nodiscard]] unique_fd mount();
  // Stores the layer and its blob. `newest` is write_layer()'s. Empty if nothing changed.
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

// Stores a container's upper directory as a layer, without changing anything but times
// after `newest`. `mount_points` are write_layer()'s left_out.
std::optional<finished_layer> store_copy(const std::string& upper,
                                         const std::vector<std::string>& layers,
                                         const std::set<std::string>& mount_points,
                                         std::optional<std::int64_t> newest,
                                         image::staging& files);

}  // namespace zoomin::build
