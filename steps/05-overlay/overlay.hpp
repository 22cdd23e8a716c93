// SPDX-License-Identifier: MIT
// overlay: mounts a root file system of read-only layers with a writable one on top.
//
// Kernel mechanism: mount(2) of type "overlay" (kernel documentation, "Overlay
// Filesystem"). A read returns the file of the topmost layer that has it. A write goes to
// the writable layer only: the kernel first copies a file of a lower layer up; a deleted
// file is hidden by a "whiteout". So any number of containers can share layers.
//
//   host                                    inside, in a new mount namespace
//   create()     the writable layer's
//   …            directories                mount(): after make_private() (03-mnt),
//                                           before pivot_root
//   received()   after the gate
//   (the container ends)
//   changes()    lists its contents
//   discard()
//
// The overlay is mounted in the container, so that it ends with its namespace in any
// case. Only the writable layer stays on the host: a directory below root_directory(),
// locked with flock(2) as long as its owner lives. create() removes those without a lock.
#pragma once

#include <string>
#include <vector>

#include "01-pid/gate.hpp"
#include "05-overlay/changes.hpp"
#include "common/fd.hpp"

namespace zoomin::overlay {

// The most layers of one mount: their names must fit into one page, mount(2).
constexpr std::size_t most_layers = 120;

class writable {
 public:
  writable(writable&&) noexcept = default;
  writable& operator=(writable&&) = delete;
  ~writable();  // calls discard() unless it was called; a failure is only a warning

  // Returns its directory on the host, "…/scratch/box-4711".
  [[nodiscard]] const std::string& directory() const { return directory_; }
  // Returns whether it is in memory, because the host's file system can't hold the
  // writable layer of an overlay.
  [[nodiscard]] bool in_memory() const { return in_memory_; }
  [[nodiscard]] bool kept() const { return kept_; }

  // Takes the descriptor of a layer in memory, which allows to read it after the
  // container's end. Call it after the gate.
  void received(std::vector<unique_fd>& descriptors);
  // Returns the differences from the layers (bottom first). While the container runs, the
  // result may be inconsistent. Throws sys::error.
  [[nodiscard]] std::vector<change> changes(const std::vector<std::string>& layers) const;
  // Removes it unless it is to be kept. Call it when the container has ended.
  void discard();

 private:
  friend writable create(const std::string&, const std::vector<std::string>&);
  friend writable keep(const std::string&, const std::vector<std::string>&);
  writable(std::string directory, unique_fd lock, bool in_memory, bool kept);

  std::string directory_;
  unique_fd lock_;
  unique_fd memory_;  // the upper directory of one in memory
  bool in_memory_;
  bool kept_;
};

// Makes a new writable layer, to be discarded. Needs root. Throws sys::error.
[[nodiscard]] writable create(const std::string& name,
                              const std::vector<std::string>& layers);
// Makes a persistent writable layer in `directory`, or opens that of an earlier
// container. Throws usage_error if another container uses it, if the directory has other
// contents, or if its file system can't hold one.
[[nodiscard]] writable keep(const std::string& directory,
                            const std::vector<std::string>& layers);

// Returns whether the file system can hold the writable layer of an overlay. Another
// overlay (in a dev container or CI) and network file systems can't.
bool can_be_upper(const std::string& directory);

// Mounts the layers (bottom first) and the writable layer, and returns the path of the
// mount. A layer may be repeated, as in images with several empty ones. Call it in the
// container. Needs CAP_SYS_ADMIN and a mount namespace whose mounts are private. The
// mount ends with the namespace.
std::string mount(const std::vector<std::string>& layers, const writable& top,
                  pid::gate& door);
// Mounts the layers (bottom first) on `merged`, with the writable layer in the
// directories upper and work of `directory`. Needs the same.
void mount_at(const std::string& merged, const std::vector<std::string>& layers,
              const std::string& directory);

// Returns the absolute paths of the layers (bottom first). Throws usage_error if one is
// no directory, one is named twice, or there are too many.
std::vector<std::string> validate(const std::vector<std::string>& layers);

}  // namespace zoomin::overlay
