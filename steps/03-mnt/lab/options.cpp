// SPDX-License-Identifier: MIT
#include "03-mnt/lab/options.hpp"

#include "03-mnt/lab/demo_root.hpp"

namespace zoomin::mnt {

wishes options::wanted(const std::string& hostname) const {
  wishes all{.directory = rootfs.value_or(""),
             .read_only = read_only,
             .places = defaults(hostname)};
  if (rootfs) {
    validate_root(*rootfs);
  } else {
    // Many use it at once, so nobody writes to it.
    all.directory = demo_root();
    all.read_only = true;
    for (auto& one : demo_places()) all.places.push_back(std::move(one));
  }
  for (const auto& option : mounts) all.places.push_back(asked_for(option));
  return all;
}

void add_options(zoomin::options& to, options& into) {
  to.value("--rootfs", into.rootfs, "a directory to be its root (a demo root)");
  to.list("--mount", into.mounts,
          "type=bind|tmpfs,source=,target=,readonly; again for one more");
  to.toggle("--read-only", into.read_only, "its root can't be written to");
}

}  // namespace zoomin::mnt
