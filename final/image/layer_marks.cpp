// SPDX-License-Identifier: MIT
#include "image/layer_marks.hpp"

#include <sys/xattr.h>

namespace zoomin::image {

std::map<std::string, overlay::entry> list_layer(const std::string& directory) {
  auto entries = overlay::list_on_disk(directory);
  char value = 0;
  if (::lgetxattr(directory.c_str(), opaque_xattr, &value, 1) != 1 || value != 'x')
    return entries;
  for (auto& [name, entry] : entries)
    if (entry.type == overlay::kind::other &&
        ::lgetxattr((directory + "/" + name).c_str(), whiteout_xattr, nullptr, 0) >= 0)
      entry.type = overlay::kind::whiteout;
  return entries;
}

}  // namespace zoomin::image
