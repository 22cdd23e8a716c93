// SPDX-License-Identifier: MIT
// layer_marks: the marks of removed names in an unpacked layer.
//
// Overlay marks a removed name by a device 0/0, and a directory that hides the entries of
// lower layers by `opaque_xattr` "y". It doesn't accept a device 0/0 if the layer itself
// is on an overlay. There an empty file with `whiteout_xattr` is a whiteout, in a
// directory whose `opaque_xattr` is "x": overlayfs.rst, "Nesting overlayfs mounts".
#pragma once

#include <map>
#include <string>

#include "05-overlay/changes.hpp"

namespace zoomin::image {

inline constexpr auto opaque_xattr = "trusted.overlay.opaque";
inline constexpr auto whiteout_xattr = "trusted.overlay.whiteout";

// Returns a directory's entries, as overlay::list_on_disk() does, with the whiteouts of
// both forms. Throws sys::error.
std::map<std::string, overlay::entry> list_layer(const std::string& directory);

}  // namespace zoomin::image
