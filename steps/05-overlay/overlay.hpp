// SPDX-License-Identifier: MIT
// overlay: a root file system put together from layers, with one to write to on top.
//
// Kernel mechanism: mount(2) of type "overlay" (kernel documentation, "Overlay
// Filesystem"). What is read comes from the topmost layer that has it. What is written
// goes to the writable layer alone: a file of a layer below is copied up before it is
// changed, a deleted one is hidden by a "whiteout". So any number of containers share
// their layers at once.
//
//   host                                    inside, in a new MNT namespace
//   create()     the writable layer's
//                directories                mount(): after the propagation has become
//   …            private (03-mnt), before pivot_root
//   handed()     after the gate
//   (the container ends)
//   changes()    what it holds
//   discard()
//
// The overlay is mounted inside so that it dies with its namespace, whatever happens.
// What stays on the host is the writable layer: a directory below root_directory()
// locked with flock(2) for as long as its owner lives; create() removes those whose lock
// is free.
#pragma once

#include <string>
#include <vector>

#include "01-pid/gate.hpp"
#include "05-overlay/changes.hpp"
#include "common/fd.hpp"

namespace zoomin::overlay {

// As many as one mount takes here: their names are one page of mount(2)'s text.
constexpr std::size_t most_layers = 120;

class writable {
 public:
  writable(writable&&) noexcept = default;
  writable& operator=(writable&&) = delete;
  ~writable();  // as discard(), where that wasn't called; what fails is a warning

  // Where it is on the host, "…/scratch/box-4711".
  [[nodiscard]] const std::string& directory() const { return directory_; }
  // Where the host's files can't be an overlay's writable layer, it is in memory.
  [[nodiscard]] bool in_memory() const { return in_memory_; }
  [[nodiscard]] bool kept() const { return kept_; }

  // After the gate: takes the descriptor by which a layer in memory can be read, even
  // when the container has ended.
  void handed(std::vector<unique_fd>& descriptors);
  // What it holds, compared with the layers (bottom first). Once the container has ended,
  // or as a glimpse. Throws sys::error.
  [[nodiscard]] std::vector<change> changes(const std::vector<std::string>& layers) const;
  // Removes it, unless it is to be kept. Once the container has ended.
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

// A new one, to be discarded. Needs root. Throws sys::error.
[[nodiscard]] writable create(const std::string& name,
                              const std::vector<std::string>& layers);
// One that lasts, in `directory`: made there, or what an earlier container left there.
// Throws usage_error where another container has it now, where the directory holds
// something else, or can't be one.
[[nodiscard]] writable keep(const std::string& directory,
                            const std::vector<std::string>& layers);

// Tells whether an overlay could write there: not to another overlay (a dev container,
// CI), nor to file systems whose names another machine can change.
bool can_be_upper(const std::string& directory);

// Inside: mounts the layers (bottom first) and the writable one; gives the mount's path.
// A layer may be repeated, as in images with several empty ones.
// Needs CAP_SYS_ADMIN and a MNT namespace whose mounts are private. Nothing undoes it: it
// dies with that.
std::string mount(const std::vector<std::string>& layers, const writable& top,
                  pid::gate& door);

// Absolute names of layers (bottom first). Throws usage_error where one is no directory,
// where one is named twice, or where they are too many.
std::vector<std::string> validate(const std::vector<std::string>& layers);

}  // namespace zoomin::overlay
