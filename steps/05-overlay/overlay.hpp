// SPDX-License-Identifier: MIT
// overlay: mounts a root file system of read-only layers with a writable one on top.
//
// Kernel mechanism: mount(2) of type "overlay" (kernel documentation, "Overlay
// Filesystem"). A read returns the file of the topmost layer that has it. A write goes to
// the writable layer only: the kernel first copies a file of a lower layer up; a deleted
// file is hidden by a "whiteout". So any number of containers can share layers.
//
//   host (writable.hpp)                     inside, in a new mount namespace
//   create()     the writable layer
//   (clone3)                                mount(): after make_private() (03-mnt),
//                                           before pivot_root
//   take_descriptor(), after the gate
//   (the container ends)
//   changes()    lists its contents
//   discard()
//
// The overlay is mounted in the container, so that it ends with its namespace in any
// case. Only the writable layer stays on the host.
#pragma once

#include <string>
#include <vector>

#include "01-pid/gate.hpp"
#include "05-overlay/writable.hpp"

namespace zoomin::overlay {

// The most layers of one mount: their names must fit into one page, mount(2).
constexpr std::size_t max_layers = 120;

// Mounts the layers (bottom first) and the writable layer, and returns the path of the
// mount. A layer may be repeated, as in images with several empty ones. Call it in the
// container. Needs CAP_SYS_ADMIN and a mount namespace whose mounts are private. The
// mount ends with the namespace.
std::string mount(const std::vector<std::string>& layers, const writable& top,
                  pid::gate& to_host);
// Mounts the layers (bottom first) on `merged`, with the writable layer in the
// directories upper and work of `directory`. Needs what mount() needs.
void mount_at(const std::string& merged, const std::vector<std::string>& layers,
              const std::string& directory);

// Returns the absolute paths of the layers (bottom first). Throws usage_error if one is
// no directory, one is named twice, or there are too many.
std::vector<std::string> validate(const std::vector<std::string>& layers);

}  // namespace zoomin::overlay
