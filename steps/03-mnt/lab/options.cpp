// SPDX-License-Identifier: MIT
#include "03-mnt/lab/options.hpp"

#include "03-mnt/lab/demo_root.hpp"

namespace zoomin::mnt {

mount_options options::parsed(const std::string& hostname) const {
  mount_options result{.directory = rootfs.value_or(""),
                       .read_only = read_only,
                       .mounts = defaults(hostname)};
  if (rootfs) {
    validate_root(*rootfs);
  } else {
    // Many containers use the demo root at once, so none may write to it.
    result.directory = demo_root();
    result.read_only = true;
    for (auto& mount : demo_mounts()) result.mounts.push_back(std::move(mount));
  }
  for (const auto& option : mounts) result.mounts.push_back(requested(option));
  return result;
}

void add_options(zoomin::options& to, options& options) {
  to.value("--rootfs", options.rootfs, "root directory of the container (a demo root)");
  to.list("--mount", options.mounts,
          "add a mount: type=bind|tmpfs,source=,target=,readonly");
  to.toggle("--read-only", options.read_only, "mount the root read-only");
}

}  // namespace zoomin::mnt
