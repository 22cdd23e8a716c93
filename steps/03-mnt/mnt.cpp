// SPDX-License-Identifier: MIT
#include "03-mnt/mnt.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cstring>

#include "03-mnt/target.hpp"
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

std::string by_descriptor(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

bool is_directory(const std::string& host_path) {
  struct stat found {};
  check("stat", host_path, [&] { return ::stat(host_path.c_str(), &found); });
  return S_ISDIR(found.st_mode);
}

// Wherever its name leads: what hides the kernel's files hides them from us as well, and
// the protections are made of them: CVE-2019-16884.
void validate_target(int target, const std::string& path) {
  struct statfs is {};
  check("fstatfs", path, [&] { return ::fstatfs(target, &is); });
  if (is.f_type == PROC_SUPER_MAGIC || is.f_type == SYSFS_MAGIC)
    throw usage_error(fmt::format("{}: nothing can be mounted in /proc or /sys", path),
                      "another place is fine, such as /data");
}

// A copy of the host's mount tree is made, changed where nobody can see it yet, then
// attached: there is no moment in which it is there and not read-only.
void bind(int root, const place& one) {
  const unsigned recursive = (one.flags & MS_REC) != 0 ? AT_RECURSIVE : 0;
  const unique_fd target = open_target(root, one.target, is_directory(one.source));
  validate_target(target.get(), one.target);
  const unique_fd tree = open_tree({"bind.copy"_id, one.words}, AT_FDCWD, one.source,
                                   OPEN_TREE_CLONE | recursive);
  if ((one.flags & attributes) != 0)
    mount_setattr({"bind.flags"_id, "read-only, and all mounts below it"}, tree.get(), "",
                  AT_EMPTY_PATH | recursive, one.flags & attributes, 0, one.target);
  move_mount({"bind.attach"_id, fmt::format("on {}", one.target)}, tree.get(),
             target.get(), "", one.target);
}

// A small file that is nowhere on the host: made in the container's /dev, bound,
// unlinked.
void file(int root, const place& one) {
  if (!find(root, parent_of(one.target))) return;
  const unique_fd target = open_target(root, one.target, false);
  const unique_fd memory = open_mounted(root, "/dev");
  const std::string name = ".file";
  make_file_at(memory.get(), name, "/dev");
  const unique_fd made = open_in_root(memory.get(), name, O_WRONLY | O_NOFOLLOW);
  check("write", one.target,
        [&] { return ::write(made.get(), one.data.data(), one.data.size()); });
  mount({one.id, one.words}, by_descriptor(made.get()), by_descriptor(target.get()), "",
        MS_BIND, "", one.target);
  ::unlinkat(memory.get(), name.c_str(), 0);
}

// The file system is new, and ours: no name in it leads elsewhere.
void make(int directory, const node& one) {
  for (auto slash = one.name.find('/'); slash != std::string::npos;
       slash = one.name.find('/', slash + 1))
    make_directory_at(quiet, directory, one.name.substr(0, slash), "/dev");
  if (!one.link.empty()) return symlink_at(quiet, one.link, directory, one.name);
  mknod_at({one.id, fmt::format("/dev/{}", one.name)}, directory, one.name, one.mode,
           one.device);
}

void mount_on(int root, const place& one) {
  const unique_fd target = open_target(root, one.target, true);
  mount({one.id, one.words}, one.type, by_descriptor(target.get()), one.type, one.flags,
        one.data, one.target);
  if (one.nodes.empty()) return;
  const unique_fd inside = open_mounted(root, one.target);
  for (const auto& each : one.nodes) make(inside.get(), each);
}

// A file of ours has no name any more, and on such nothing can be mounted: so it isn't
// made where something else is to be.
bool is_replaced(const place& file, const std::vector<place>& places) {
  return file.type == "file" && std::ranges::any_of(places, [&](const place& other) {
           return other.target == file.target && &other != &file;
         });
}

void make_place(int root, const place& one) {
  if (one.type == "bind") return bind(root, one);
  if (one.type == "file") return file(root, one);
  mount_on(root, one);
}

}  // namespace

void make_private() {
  mount({"private"_id, "our mounts stay ours"}, "", "/", "", MS_REC | MS_PRIVATE);
}

void validate_root(const std::string& directory) {
  struct stat found {};
  struct stat host {};
  const auto refuse = [&](const std::string& why, const std::string& hint) {
    throw usage_error(fmt::format("--rootfs {}: {}", quote(directory), why), hint);
  };
  int why_not = ::stat(directory.c_str(), &found) == -1 ? errno : 0;
  if (why_not == 0 && !S_ISDIR(found.st_mode)) why_not = ENOTDIR;
  if (why_not != 0)
    refuse(strerror(why_not), "a directory with a root file system is meant");
  check("stat", "/", [&] { return ::stat("/", &host); });
  if (host.st_dev == found.st_dev && host.st_ino == found.st_ino)
    refuse("that is the host's own root",
           "a container needs another; without --rootfs it has one");
}

std::string bind_root(const std::string& directory) {
  mount({"rootfs"_id, "the directory becomes a mount"}, directory, directory, "",
        MS_BIND);
  return directory;
}

void enter_root(const std::string& root, const std::vector<place>& places,
                bool read_only) {
  const unique_fd top = open(root, O_PATH | O_DIRECTORY);
  ::umask(0);  // modes are meant as they are given
  for (const auto& one : places)
    if (!is_replaced(one, places)) make_place(top.get(), one);
  ::umask(022);
  if (read_only)
    mount_setattr({"readonly"_id, "the root can't be written to"}, top.get(), "",
                  AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0, root);
  // The old root lands on top of the new one, and is the one that "." then unmounts:
  // pivot_root(2), "pivot_root(".", ".")".
  fchdir({"enter"_id, "into the new root"}, top.get(), root);
  pivot_root({"pivot"_id, "it becomes /, the host's lies on top"}, ".", ".");
  umount({"detach"_id, "the host's files are gone"}, ".", MNT_DETACH);
}

}  // namespace zoomin::mnt
