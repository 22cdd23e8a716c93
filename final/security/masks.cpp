// SPDX-License-Identifier: MIT
// Files are hidden by the host's null node, directories by an empty tmpfs. Each place is
// found with openat2(2) below the new root, must be in a proc or sysfs file system, and
// is then used by its descriptor only: CVE-2025-31133, CVE-2025-52881.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <cctype>
#include <filesystem>

#include "common/new_mount.hpp"
#include "common/sys.hpp"
#include "security/security.hpp"

namespace zoomin::security {

using namespace sys;

namespace {

unique_fd host_null() {
  unique_fd null = open("/dev/null", O_PATH | O_NOFOLLOW);
  struct stat is {};
  check("fstat", "/dev/null", [&] { return ::fstat(null.get(), &is); });
  if (!S_ISCHR(is.st_mode) || is.st_rdev != makedev(1, 3))
    throw sys::error(ENODEV, "fstat", "/dev/null",
                     "the host's /dev/null isn't the device 1:3");
  return null;
}

// Empty where the path leads to what is neither /proc's nor /sys's.
std::optional<unique_fd> find_kernel_file(int root, const std::string& path) {
  auto found = find_in_root(root, path, O_PATH | O_NOFOLLOW);
  struct statfs is {};
  if (!found || ::fstatfs(found->get(), &is) == -1) return std::nullopt;
  const auto type = static_cast<unsigned long>(is.f_type);
  if (type != PROC_SUPER_MAGIC && type != SYSFS_MAGIC && type != DEBUGFS_MAGIC &&
      type != TRACEFS_MAGIC)
    return std::nullopt;
  return found;
}

// All directories show one empty file system. It is attached by descriptors alone: the
// container's /proc/self/fd isn't trusted.
void hide_directories(int root, const std::vector<std::string>& paths) {
  const why reason{"mask.directory"_id, "nothing to be seen there"};
  unique_fd empty;
  for (const auto& path : paths) {
    const auto place = find_kernel_file(root, path);
    if (!place) continue;
    unique_fd copy;
    if (empty)
      copy = open_tree(reason, empty.get(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
    else
      empty = new_mount(
          reason, "tmpfs", {{"size", "0"}, {"nr_inodes", "2"}, {"mode", "0555"}},
          MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    move_mount(reason, copy ? copy.get() : empty.get(), place->get(), "", path);
  }
}

void make_read_only(int root, const std::string& path) {
  const auto place = find_kernel_file(root, path);
  if (!place) return;
  const unique_fd copy = open_tree({"readonly.copy"_id, path}, place->get(), "",
                                   OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE);
  mount_setattr({"readonly.flags"_id, "to be read, and not written"}, copy.get(), "",
                AT_EMPTY_PATH | AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0, path);
  move_mount({"readonly.attach"_id, fmt::format("on {}", path)}, copy.get(), place->get(),
             "", path);
}

}  // namespace

// Docker's, and what else tells of the host or its other users.
hidden_paths default_hidden_paths() {
  hidden_paths all;
  all.masked = {"/proc/acpi",          "/proc/asound",
                "/proc/interrupts",    "/proc/kcore",
                "/proc/keys",          "/proc/kpagecgroup",
                "/proc/kpagecount",    "/proc/kpageflags",
                "/proc/latency_stats", "/proc/pagetypeinfo",
                "/proc/sched_debug",   "/proc/scsi",
                "/proc/slabinfo",      "/proc/timer_list",
                "/proc/timer_stats",   "/proc/vmallocinfo",
                "/sys/firmware",       "/sys/kernel/debug",
                "/sys/kernel/tracing", "/sys/devices/virtual/powercap"};
  const std::string processors = "/sys/devices/system/cpu";
  std::error_code none;
  for (const auto& one : std::filesystem::directory_iterator(processors, none)) {
    const std::string name = one.path().filename();  // "cpu0"; "cpufreq" has none
    const std::string path = one.path() / "thermal_throttle";
    if (name.starts_with("cpu") &&
        std::isdigit(static_cast<unsigned char>(name.back())) && exists(path))
      all.masked.push_back(path);
  }
  all.read_only = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                   "/proc/sysrq-trigger"};
  return all;
}

masks::masks(hidden_paths paths) : read_only_(std::move(paths.read_only)) {
  const unique_fd null = host_null();
  for (auto& path : paths.masked) {
    struct stat is {};
    if (::lstat(path.c_str(), &is) == -1) continue;
    if (S_ISDIR(is.st_mode))
      directories_.push_back(std::move(path));
    else
      files_.push_back(
          {std::move(path), open_tree({"mask.null"_id, "the host's null node"},
                                      null.get(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH)});
  }
}

void masks::apply() {
  const unique_fd root = open("/", O_PATH | O_DIRECTORY);
  for (auto& one : files_) {
    const auto place = find_kernel_file(root.get(), one.path);
    if (place)
      move_mount({"mask.file"_id, fmt::format("{} says nothing", one.path)},
                 one.null.get(), place->get(), "", one.path);
  }
  files_.clear();
  hide_directories(root.get(), directories_);
  for (const auto& path : read_only_) make_read_only(root.get(), path);
}

}  // namespace zoomin::security
