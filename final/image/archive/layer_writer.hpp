// SPDX-License-Identifier: MIT
// layer_writer: writes the upper directory of an overlay as the archive of an image's
// layer: image-spec, layer.md.
//
// The kernel's marks (05-overlay/changes.hpp) become the OCI's: an empty file ".wh.NAME"
// hides NAME, and ".wh..wh..opq" hides all that the directory has in the layers below.
// Names are sorted, and nothing depends on the machine, so the same files produce the
// same bytes. extract.hpp reads the archive back.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "image/archive/tar_writer.hpp"

namespace zoomin::image {

struct written_layer {
  std::uint64_t size_bytes = 0;  // of its files
  bool empty = true;             // it changes nothing
};

struct layer_rules {
  std::vector<std::string> lower;  // the layers below, bottom first
  // Files that are newer, in seconds since 1970, get this time, also in the upper
  // directory.
  std::optional<std::int64_t> newest{};
  // Paths ("/etc/hosts") of empty files and directories that are left out: mount points.
  std::set<std::string> left_out{};
};

// Writes the changes in `upper`. Throws usage_error for what a layer can't hold: a name
// that begins with ".wh.".
written_layer write_layer(const std::string& upper, const layer_rules& rules,
                          const tar_writer::sink& to);

}  // namespace zoomin::image
