// SPDX-License-Identifier: MIT
#include "container/writable_layer.hpp"

#include <fmt/format.h>
#include <sys/mount.h>

#include <cerrno>

#include "common/error.hpp"
#include "common/narration.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::container {

overlay::writable open_writable_layer(const std::string& directory,
                                      const std::vector<std::string>& layers) {
  const std::string parent = directory.substr(0, directory.rfind('/'));
  if (!overlay::can_be_upper(sys::exists(directory) ? directory : parent)) {
    sys::make_directory(sys::quiet, directory, 0700);
    sys::mount(sys::quiet, "tmpfs", directory, "tmpfs", MS_NOSUID | MS_NODEV, "mode=700");
    narration::warn(fmt::format(
        "the file system of {} can't hold a writable layer: files that this container "
        "writes are kept in memory, and count as its memory; set ZOOMIN_ROOT to a "
        "directory on a volume or a local disk to avoid that",
        root_directory()));
  }
  return overlay::keep(directory, layers);
}

void release_writable_layer(const std::string& directory) {
  try {
    sys::umount(sys::quiet, directory, MNT_DETACH | UMOUNT_NOFOLLOW);
  } catch (const sys::error& refused) {
    // EINVAL: nothing is mounted there; ENOENT: the directory was never created.
    if (refused.number() != EINVAL && refused.number() != ENOENT) throw;
  }
}

}  // namespace zoomin::container
