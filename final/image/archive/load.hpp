// SPDX-License-Identifier: MIT
// load: images come from archives, and go into them.
//
// An archive is hostile until proved otherwise: its members' names are never used as
// paths of the host, each blob must have the digest and size by which it is named, and
// layers are unpacked as tree.hpp says. Nothing of it is seen by others before all of
// it is there. Memory stays bounded, whatever the archive holds.
#pragma once

#include <string>
#include <vector>

#include "image/image.hpp"

namespace zoomin::image {

// What `load` found: the names an image has in the archive, or its id where it has none.
struct loaded {
  std::string id;
  std::vector<std::string> names;
};
// An OCI image layout or what `docker save` writes, plain or compressed; `path` "-" is
// standard input. Of an image for several platforms, this machine's. Throws usage_error
// where the archive can't be right.
std::vector<loaded> load(const std::string& path);

// A root file system archive becomes an image of one layer; gives its id. `changes`:
// lines like `CMD ["sh"]`, `ENV A=b`. `name` may be empty.
std::string import(const std::string& path, const std::string& name,
                   const std::vector<std::string>& changes, const std::string& message);

// An OCI layout that `docker load` reads too, as a tar archive on descriptor `to`: the
// same images make the same bytes. "web" without a tag means all that it has, an id means
// the image without its names. Throws usage_error, and sys::error where `to` can't take
// it.
void save(const std::vector<std::string>& references, int to);

}  // namespace zoomin::image
