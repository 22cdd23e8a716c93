// SPDX-License-Identifier: MIT
#include "03-mnt/lab/options.hpp"

#include "03-mnt/defaults.hpp"
#include "03-mnt/lab/demo_root.hpp"
#include "03-mnt/mount_option.hpp"
#include "common/concat.hpp"

namespace zoomin::mnt {

mount_options options::parsed(const std::string& hostname) const {
  std::vector<mount_entry> own;
  for (const auto& option : mounts) own.push_back(requested_mount(option));
  if (rootfs) {
    validate_root(*rootfs);
    return {.directory = *rootfs,
            .read_only = read_only,
            .mounts = concat({defaults(hostname), own})};
  }
  // Many containers use the demo root at once, so none may write to it.
  return {.directory = demo_root(),
          .read_only = true,
          .mounts = concat({defaults(hostname), demo_mounts(), own})};
}

void add_options(zoomin::options& to, options& options) {
  to.value("--rootfs", options.rootfs, "root directory of the container (a demo root)");
  to.list("--mount", options.mounts,
          "add a mount: type=bind|tmpfs,source=,target=,readonly");
  to.toggle("--read-only", options.read_only, "mount the root read-only");
}

}  // namespace zoomin::mnt
