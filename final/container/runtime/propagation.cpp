// SPDX-License-Identifier: MIT
#include "container/runtime/propagation.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <memory>
#include <sstream>
#include <string>

#include "common/error.hpp"
#include "common/fd.hpp"
#include "common/sys.hpp"

namespace zoomin::container {

namespace {

// Returns the line of /proc/self/mountinfo about the mount in which a path lies.
std::string mount_line(const std::string& path) {
  struct statx info {};
  sys::check("statx", path,
             [&] { return ::statx(AT_FDCWD, path.c_str(), 0, STATX_MNT_ID, &info); });
  std::istringstream lines(sys::read_file("/proc/self/mountinfo"));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(fmt::format("{} ", info.stx_mnt_id))) return line;
  return {};
}

// Throws if the source's mount doesn't propagate as requested: proc_pid_mountinfo(5),
// "shared:N" and "master:N" before " - ".
void require_propagation(const mnt::mount_entry& bound) {
  const std::string line = mount_line(bound.source);
  const std::string fields = line.substr(0, line.find(" - "));
  const bool shared = fields.find(" shared:") != std::string::npos;
  const bool slave = fields.find(" master:") != std::string::npos;
  if (shared || (slave && bound.propagation == MS_SLAVE)) return;
  throw usage_error(
      fmt::format("{}: the path {} is mounted, but not on a shared {}mount", bound.target,
                  bound.source, bound.propagation == MS_SLAVE ? "or slave " : ""),
      "run mount --make-shared on its mount point (findmnt -T PATH) on the host");
}

}  // namespace

void copy_shared_binds(std::vector<mnt::mount_entry>& mounts) {
  for (auto& entry : mounts) {
    if (entry.propagation == 0) continue;
    require_propagation(entry);
    entry.copy = std::make_shared<unique_fd>(mnt::copy_of(entry));
  }
}

}  // namespace zoomin::container
