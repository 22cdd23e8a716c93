// SPDX-License-Identifier: MIT
// look: the overlay of a process as host and container see it.
#pragma once

#include <vector>

#include "05-overlay/overlay.hpp"
#include "common/look.hpp"

namespace zoomin::overlay {

// The overlay that is a process's root.
struct root_overlay {
  std::vector<std::string> layers;  // topmost first, like the mount option
  std::string upper;                // empty: read-only
};
// Reads /proc/PID/mountinfo. There are no layers if the root is no overlay.
root_overlay root_overlay_of(pid_t pid);

std::vector<look::row> facts(pid_t pid);
look::leftover leftovers(const std::string& directory);

// Prints the contents of the writable layer on stderr, one change a line: "A /h".
void print_changes(const writable& top, const std::vector<std::string>& layers);

}  // namespace zoomin::overlay
