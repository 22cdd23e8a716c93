// SPDX-License-Identifier: MIT
#include "03-mnt/lab/options.hpp"

#include "03-mnt/lab/demo_root.hpp"

namespace zoomin::mnt {

mount_options options::wanted(const std::string& hostname) const {
  mount_options result{.directory = rootfs.value_or(""),
                       .read_only = read_only,
                       .places = defaults(hostname)};
  if (rootfs) {
    validate_root(*rootfs);
  } else {
    // Many use it at once, so nobody writes to it.
    result.directory = demo_root();
    result.read_only = true;
    for (auto& one : demo_mounts()) result.places.push_back(std::move(one));
  }
  for (const auto& option : mounts) result.places.push_back(requested(option));
  return result;
}

void add_options(zoomin::options& to, options& into) {
  to.value("--rootfs", into.rootfs, "a directory to be its root (a demo root)");
  to.list("--mount", into.mounts,
          "type=bind|tmpfs,source=,target=,readonly; again for one more");
  to.toggle("--read-only", into.read_only, "its root can't be written to");
}

}  // namespace zoomin::mnt
