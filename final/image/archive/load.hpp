// SPDX-License-Identifier: MIT
// load: reads images from archives, and writes them to archives.
//
// An archive may be hostile: the names of its members are never used as paths of the
// host, each blob must have the digest and size by which it is named, and layers are
// unpacked by extract.hpp. Other commands see its images only once all are complete. The
// use of memory is bounded, whatever the archive contains.
#pragma once

#include <string>
#include <vector>

#include "image/image.hpp"

namespace zoomin::image {

// Holds the id of a loaded image, and its names in the archive.
struct loaded {
  std::string id;
  std::vector<std::string> names;
};
// Loads an OCI image layout or an archive of `docker save`, compressed or not. `path` "-"
// is standard input. Of an image for several platforms, loads the one for this machine.
// Throws usage_error if the archive is invalid.
std::vector<loaded> load(const std::string& path);

// Creates an image of one layer from an archive of a root file system. Returns its id.
// `changes` are lines such as `CMD ["sh"]` or `ENV A=b`. `name` may be empty.
std::string import(const std::string& path, const std::string& name,
                   const std::vector<std::string>& changes, const std::string& message);

// Writes an OCI image layout, which `docker load` can read, as a tar archive to the
// descriptor `to`. The same images produce the same bytes. "web" without a tag selects
// all of its tags; an id selects the image without its names. Throws usage_error, and
// sys::error if writing fails.
void save(const std::vector<std::string>& references, int to);

}  // namespace zoomin::image
