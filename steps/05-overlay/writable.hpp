// SPDX-License-Identifier: MIT
// writable: the writable layer of a container, a directory on the host.
//
//   DIRECTORY/upper    takes all changes; it becomes the container's /
//   DIRECTORY/work     the kernel's own, on the same file system
//   DIRECTORY/merged   the mount point of the overlay, in the container's mount namespace
//
// create() makes the directory below root_directory() and locks it with flock(2) as long
// as its owner lives. It first removes those without a lock: their owners were killed.
#pragma once

#include <string>
#include <vector>

#include "05-overlay/changes.hpp"
#include "common/fd.hpp"

namespace zoomin::overlay {

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

  // Takes the last one of the descriptors that mount() has sent through the gate, if the
  // layer is in memory: with it the layer can be read after the container's end.
  void take_descriptor(std::vector<unique_fd>& descriptors);
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
  unique_fd memory_;  // the upper directory, if it is in memory
  bool in_memory_;
  bool kept_;
};

// Makes a new writable layer, to be discarded. Needs root. Throws sys::error.
[[nodiscard]] writable create(const std::string& name,
                              const std::vector<std::string>& layers);
// Throws usage_error if a persistent writable layer can't be in `directory`: it has other
// contents, or its file system can't hold one.
void validate_keep(const std::string& directory);
// Makes a persistent writable layer in `directory`, or opens that of an earlier
// container. Throws usage_error like validate_keep(), or if another container uses it.
[[nodiscard]] writable keep(const std::string& directory,
                            const std::vector<std::string>& layers);

// Returns whether the file system can hold the writable layer of an overlay. Another
// overlay (in a dev container or CI) and network file systems can't.
bool can_be_upper(const std::string& directory);

// Makes upper/, with the owner and mode of the topmost layer, and work/ in a directory,
// unless upper/ exists.
void make_upper_and_work(const std::string& directory, const std::string& topmost_layer);

}  // namespace zoomin::overlay
