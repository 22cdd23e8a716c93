// SPDX-License-Identifier: MIT
#include "03-mnt/lab/demo_root.hpp"

#include <fmt/format.h>
#include <sys/mount.h>

#include "common/error.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::mnt {

using sys::operator""_id;

std::string demo_root() {
  const std::string here = program_directory();
  for (const char* below : {"/rootfs", "/build/release/rootfs"})
    if (sys::exists(here + below + "/bin/busybox")) return here + below;
  throw usage_error(fmt::format("no demo root file system in {}", here),
                    "run `make step3` to make it, or use --rootfs DIR");
}

std::vector<mount_entry> demo_mounts() {
  constexpr unsigned long flags = MS_NOSUID | MS_NODEV;
  return {
      {.id = "tmpfs.tmp"_id,
       .words = "writable, in memory",
       .type = "tmpfs",
       .target = "/tmp",
       .flags = flags,
       .data = "mode=1777,size=64m"},
      {.id = "tmpfs.run"_id,
       .words = "writable, in memory",
       .type = "tmpfs",
       .target = "/run",
       .flags = flags,
       .data = "mode=755,size=16m"},
      {.id = "tmpfs.root"_id,
       .words = "writable, in memory",
       .type = "tmpfs",
       .target = "/root",
       .flags = flags,
       .data = "mode=700,size=64m"},
  };
}

}  // namespace zoomin::mnt
