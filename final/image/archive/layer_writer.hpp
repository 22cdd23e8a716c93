// SPDX-License-Identifier: MIT
// layer_writer: writes the upper directory of an overlay as the archive of an image's
// layer: image-spec, layer.md.
//
// The marks of overlay (05-overlay/changes.hpp) become the OCI's: an empty file
// ".wh.NAME" hides NAME, and ".wh..wh..opq" hides all entries of the directory in the
// layers below. Names are sorted, and nothing depends on the machine, so that the same
// files produce the same bytes. extract.hpp reads the archive back.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "image/archive/tar_writer.hpp"

namespace zoomin::image {

struct written_layer {
  std::uint64_t size_bytes = 0;  // of the files
  bool empty = true;             // there are no changes
};

struct layer_rules {
  std::vector<std::string> lower;  // the layers below, bottom first
  // The latest time of a file, in seconds since 1970. Newer files get this time, in the
  // archive and in the upper directory.
  std::optional<std::int64_t> newest{};
  // The paths ("/etc/hosts") of mount points. Empty files and directories there are left
  // out.
  std::set<std::string> left_out{};
};

// Writes the changes in `upper`. Throws usage_error for a file that a layer can't hold:
// its name begins with ".wh.", or it is too deep.
written_layer write_layer(const std::string& upper, const layer_rules& rules,
                          const tar_writer::sink& to);

}  // namespace zoomin::image
