// SPDX-License-Identifier: MIT
// masks: the host's null node covers files, and an empty tmpfs covers directories. Each
// path is opened with openat2(2) below the new root, must be in a proc or sysfs file
// system, and is then used only through its descriptor: CVE-2025-31133, CVE-2025-52881.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <cctype>
#include <filesystem>
#include <map>
#include <optional>

#include "common/new_mount.hpp"
#include "common/sys.hpp"
#include "security/security.hpp"

namespace zoomin::security {

using namespace sys;

namespace {

const narration::mechanism about_mask("mask", "hidden");
const narration::mechanism about_protect("protect", "read-only inside");

unique_fd host_null() {
  unique_fd null = open("/dev/null", O_PATH | O_NOFOLLOW);
  struct stat info {};
  check("fstat", "/dev/null", [&] { return ::fstat(null.get(), &info); });
  if (!S_ISCHR(info.st_mode) || info.st_rdev != makedev(1, 3))
    throw sys::error(ENODEV, "fstat", "/dev/null",
                     "the host's /dev/null isn't the device 1:3");
  return null;
}

bool is_kernel_file_system(int fd) {
  struct statfs info {};
  if (::fstatfs(fd, &info) == -1) return false;
  const auto type = static_cast<unsigned long>(info.f_type);
  return type == PROC_SUPER_MAGIC || type == SYSFS_MAGIC || type == DEBUGFS_MAGIC ||
         type == TRACEFS_MAGIC;
}

struct kernel_file {
  unique_fd fd;
  bool is_directory = false;
};

// Finds files in /proc and /sys. The type of each file system is read once and remembered
// by its st_dev.
class kernel_files {
 public:
  explicit kernel_files(int root) : root_(root) {}

  // Returns nothing if the path doesn't exist, or leads to another file system.
  std::optional<kernel_file> find(const std::string& path) {
    auto found = find_in_root(root_, path, O_PATH | O_NOFOLLOW);
    struct stat info {};
    if (!found || ::fstat(found->get(), &info) == -1) return std::nullopt;
    const auto known = devices_.find(info.st_dev);
    const bool is_kernels =
        known != devices_.end()
            ? known->second
            : devices_.emplace(info.st_dev, is_kernel_file_system(found->get()))
                  .first->second;
    if (!is_kernels) return std::nullopt;
    return kernel_file{std::move(*found), S_ISDIR(info.st_mode)};
  }

 private:
  int root_;
  std::map<dev_t, bool> devices_;
};

// Attaches the mount itself the first time, and copies of it later, since the kernel
// copies only attached mounts. Uses only descriptors, because the container's
// /proc/self/fd isn't trusted.
void attach(const why& reason, const unique_fd& mount, bool again, const kernel_file& at,
            const std::string& path) {
  unique_fd copy;
  if (again) copy = open_tree(reason, mount.get(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
  move_mount(reason, again ? copy.get() : mount.get(), at.fd.get(), "", path);
}

void make_read_only(kernel_files& files, const std::string& path) {
  const auto file = files.find(path);
  if (!file) return;
  const unique_fd copy = open_tree({"protect.copy"_id, "", path}, file->fd.get(), "",
                                   OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE);
  mount_setattr({"protect.flags"_id, "read-only"}, copy.get(), "",
                AT_EMPTY_PATH | AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0, path);
  move_mount({"protect"_id, "read-only inside", path}, copy.get(), file->fd.get(), "",
             path);
}

}  // namespace

// Returns Docker's paths, and other paths that reveal facts about the host or its users.
hidden_paths default_hidden_paths() {
  hidden_paths result;
  result.masked = {"/proc/acpi",          "/proc/asound",
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
  for (const auto& entry : std::filesystem::directory_iterator(processors, none)) {
    const std::string name = entry.path().filename();  // "cpu0", but not "cpufreq"
    const std::string path = entry.path() / "thermal_throttle";
    if (name.starts_with("cpu") &&
        std::isdigit(static_cast<unsigned char>(name.back())) && exists(path))
      result.masked.push_back(path);
  }
  result.read_only = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                      "/proc/sysrq-trigger"};
  return result;
}

masks::masks(hidden_paths paths)
    : paths_(std::move(paths)),
      null_(open_tree({"mask.null"_id, "the host's null node"}, host_null().get(), "",
                      OPEN_TREE_CLONE | AT_EMPTY_PATH)) {}

// Covers files by the null node, and directories by one empty file system.
void masks::apply() {
  const unique_fd root = open("/", O_PATH | O_DIRECTORY);
  kernel_files files(root.get());
  unique_fd empty;
  bool null_again = false;
  for (const auto& path : paths_.masked) {
    const auto file = files.find(path);
    if (!file) continue;
    if (!file->is_directory) {
      attach({"mask.file"_id, "reads as empty", path}, null_, null_again, *file, path);
      null_again = true;
      continue;
    }
    const why hides{"mask.directory"_id, "an empty directory covers it", path};
    const bool again = static_cast<bool>(empty);
    if (!again)
      empty = new_mount(
          hides, "tmpfs", {{"size", "0"}, {"nr_inodes", "2"}, {"mode", "0555"}},
          MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    attach(hides, empty, again, *file, path);
  }
  null_.reset();
  for (const auto& path : paths_.read_only) make_read_only(files, path);
}

}  // namespace zoomin::security
