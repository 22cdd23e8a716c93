// SPDX-License-Identifier: MIT
#include "03-mnt/mnt.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "03-mnt/target.hpp"
#include "common/brief.hpp"
#include "common/chroot.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::mnt {

using namespace sys;

namespace {

// MS_RDONLY, MS_NOSUID, MS_NODEV and MS_NOEXEC are also MOUNT_ATTR_ bits,
// mount_setattr(2).
constexpr unsigned long attributes = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
static_assert(attributes == (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                             MOUNT_ATTR_NOEXEC));

const narration::mechanism about_bind("bind", "a file or directory of the host");
const narration::mechanism about_dev("dev", "/dev");
const narration::mechanism about_etc("etc", "/etc");
const narration::shared_line about_views("proc", "sys", "views of the kernel");
const narration::mechanism about_pivot("pivot",
                                       "the new root becomes /, the host's is gone");

why reason_for(const mount_entry& entry) {
  return {entry.id, entry.words, entry.subject.empty() ? entry.target : entry.subject};
}

std::string by_descriptor(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

bool is_directory(const std::string& host_path) {
  struct stat found {};
  check("stat", host_path, [&] { return ::stat(host_path.c_str(), &found); });
  return S_ISDIR(found.st_mode);
}

// Refuses any target in /proc or /sys, whatever its name: a mount that hides the kernel's
// files would hide them from this program too, whose protections depend on them:
// CVE-2019-16884.
void validate_target(int target, const std::string& path) {
  struct statfs info {};
  check("fstatfs", path, [&] { return ::fstatfs(target, &info); });
  if (info.f_type == PROC_SUPER_MAGIC || info.f_type == SYSFS_MAGIC)
    throw usage_error(fmt::format("{}: nothing can be mounted in /proc or /sys", path),
                      "choose another path, such as /data");
}

// A file can't be mounted on a directory, nor a directory on a file, mount(2).
void validate_kind(int target, const mount_entry& entry) {
  struct stat found {};
  check("fstat", entry.target, [&] { return ::fstat(target, &found); });
  const bool from_directory = is_directory(entry.source);
  if (S_ISDIR(found.st_mode) == from_directory) return;
  const auto word = [](bool directory) { return directory ? "directory" : "file"; };
  throw error(from_directory ? ENOTDIR : EISDIR, "mount",
              fmt::format("{} on {}", entry.source, entry.target),
              fmt::format("the source is a {}, but {} in the image is a {}",
                          word(from_directory), entry.target, word(!from_directory)));
}

// Copies the host's mount tree, changes the detached copy, and attaches it, so that it is
// never visible without its flags.
void bind(int root, const mount_entry& entry) {
  const unsigned recursive = (entry.flags & MS_REC) != 0 ? AT_RECURSIVE : 0;
  const unique_fd target = open_target(root, entry.target, is_directory(entry.source));
  validate_target(target.get(), entry.target);
  validate_kind(target.get(), entry);
  // Task 3.2 begins; the rest needs: const unique_fd tree;
  const unique_fd own = entry.copy ? unique_fd() : copy_of(entry);
  const unique_fd& tree = entry.copy ? *entry.copy : own;
  if ((entry.flags & attributes) != 0)
    mount_setattr({"bind.flags"_id, "read-only, with all mounts below"}, tree.get(), "",
                  AT_EMPTY_PATH | recursive, entry.flags & attributes, 0, entry.target);
  move_mount({"bind.attach"_id, "", fmt::format("{} on {}", entry.source, entry.target)},
             tree.get(), target.get(), "", entry.target);
  // Task 3.2 ends.
  if (entry.propagation == MS_SLAVE)
    mount({"bind.slave"_id, "mounts propagate only from the host"}, "",
          by_descriptor(tree.get()), "", MS_REC | MS_SLAVE, "", entry.target);
}

// A small file that doesn't exist on the host. It is made in the container's /dev, bound
// to its target, and unlinked in /dev.
struct small_file {
  const mount_entry* entry;
  std::string name;
  unique_fd content;
};

small_file make_file(int memory, const mount_entry& entry) {
  small_file made{
      &entry, ".file-" + entry.target.substr(entry.target.rfind('/') + 1), {}};
  made.content = open_in_root(memory, made.name, O_WRONLY | O_CREAT | O_NOFOLLOW, 0644);
  check("write", entry.target, [&] {
    return ::write(made.content.get(), entry.data.data(), entry.data.size());
  });
  return made;
}

// Leaves out the file if its directory doesn't exist, or is in a read-only mount (a
// volume over /etc) without a file of that name.
void mount_file(int root, const small_file& made) try {
  const mount_entry& entry = *made.entry;
  auto target = find(root, entry.target);
  if (!target && !find(root, parent_of(entry.target))) return;
  if (!target) target = open_target(root, entry.target, false);
  mount(reason_for(entry), by_descriptor(made.content.get()),
        by_descriptor(target->get()), "", MS_BIND, "", entry.target);
} catch (const error& failure) {
  if (failure.number() != EROFS) throw;
}

void mount_on(int root, const mount_entry& entry) {
  const bool kernel = entry.target == "/proc" || entry.target == "/sys";
  const unique_fd target = kernel ? open_kernel_target(root, entry.target)
                                  : open_target(root, entry.target, true);
  if (!kernel &&
      !entry.target.starts_with("/sys/"))  // a link in the image may lead there
    validate_target(target.get(), entry.target);
  mount(reason_for(entry), entry.type, by_descriptor(target.get()), entry.type,
        entry.flags, entry.data, entry.target);
  if (entry.nodes.empty()) return;
  const unique_fd inside = open_mounted(root, entry.target);
  for (const auto& node : entry.nodes) make_node(inside.get(), node);
}

// Returns whether another entry has the same target. Then the file isn't made, since
// nothing can be mounted on an unlinked file.
bool is_replaced(const mount_entry& file, const std::vector<mount_entry>& mounts) {
  return file.type == "file" &&
         std::ranges::any_of(mounts, [&](const mount_entry& other) {
           return other.target == file.target && &other != &file;
         });
}

// Binds the small files last, so that a volume over /etc doesn't hide hosts and
// resolv.conf.
void make_mounts(int root, const std::vector<mount_entry>& mounts) {
  std::vector<small_file> files;
  unique_fd memory;  // the new /dev, even if something else is mounted on it later
  for (const auto& entry : mounts) {
    if (is_replaced(entry, mounts)) continue;
    if (entry.type == "file") {
      if (!memory) memory = open_mounted(root, "/dev");
      files.push_back(make_file(memory.get(), entry));
    } else if (entry.type == "bind")
      bind(root, entry);
    else
      mount_on(root, entry);
  }
  for (const auto& file : files) {
    mount_file(root, file);
    ::unlinkat(memory.get(), file.name.c_str(), 0);
  }
}

}  // namespace

unique_fd copy_of(const mount_entry& bound) {
  // Task 3.2 begins.
  const unsigned recursive = (bound.flags & MS_REC) != 0 ? AT_RECURSIVE : 0;
  return open_tree({"bind.copy"_id, bound.words}, AT_FDCWD, bound.source,
                   OPEN_TREE_CLONE | recursive);
  // Task 3.2 ends.
}

void make_private() {
  chroot::become_root();
  // Task 3.1 begins.
  mount({"private"_id, "mounts don't propagate to the host"}, "", "/", "",
        MS_REC | MS_PRIVATE);
  // Task 3.1 ends.
}

void validate_root(const std::string& directory) {
  struct stat found {};
  struct stat host {};
  const auto refuse = [&](const std::string& why, const std::string& hint) {
    throw usage_error(fmt::format("--rootfs {}: {}", quote(directory), why), hint);
  };
  int failure = ::stat(directory.c_str(), &found) == -1 ? errno : 0;
  if (failure == 0 && !S_ISDIR(found.st_mode)) failure = ENOTDIR;
  if (failure != 0)
    refuse(strerror(failure), "expected a directory with a root file system");
  check("stat", "/", [&] { return ::stat("/", &host); });
  if (host.st_dev == found.st_dev && host.st_ino == found.st_ino)
    refuse("this is the host's own root",
           "use another directory, or leave out --rootfs for the demo root");
}

std::string bind_root(const std::string& directory) {
  // Task 3.1 begins.
  mount({"rootfs"_id, "the directory becomes a mount"}, directory, directory, "",
        MS_BIND);
  // Task 3.1 ends.
  return directory;
}

void enter_root(const std::string& root, const std::vector<mount_entry>& mounts,
                bool read_only) {
  // Task 3.3 begins.
  const unique_fd top = open(root, O_PATH | O_DIRECTORY);
  ::umask(0);  // so that files get exactly the modes above
  make_mounts(top.get(), mounts);
  ::umask(022);
  if (read_only)
    mount_setattr({"readonly"_id, "the root becomes read-only"}, top.get(), "",
                  AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0, root);
  // The old root is then mounted on top of the new one, and umount of "." detaches it:
  // pivot_root(2), "pivot_root(".", ".")".
  fchdir({"pivot.enter"_id, "enter the new root"}, top.get(), root);
  pivot_root({"pivot"_id, "it becomes /, below the host's root"}, ".", ".");
  umount({"pivot.detach"_id, "detach the host's root"}, ".", MNT_DETACH);
  // Task 3.3 ends.
}

}  // namespace zoomin::mnt
