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
#include <sstream>

#include "03-mnt/target.hpp"
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

std::string by_descriptor(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

bool is_directory(const std::string& host_path) {
  struct stat found {};
  check("stat", host_path, [&] { return ::stat(host_path.c_str(), &found); });
  return S_ISDIR(found.st_mode);
}

// Wherever its name leads: what hides the kernel's files hides them from us as well, and
// the protections are made of them: CVE-2019-16884.
void validate_target(int target, const std::string& path) {
  struct statfs info {};
  check("fstatfs", path, [&] { return ::fstatfs(target, &info); });
  if (info.f_type == PROC_SUPER_MAGIC || info.f_type == SYSFS_MAGIC)
    throw usage_error(fmt::format("{}: nothing can be mounted in /proc or /sys", path),
                      "another place is fine, such as /data");
}

unique_fd copy_of(const mount_entry& bound) {
  const unsigned recursive = (bound.flags & MS_REC) != 0 ? AT_RECURSIVE : 0;
  return open_tree({"bind.copy"_id, bound.words}, AT_FDCWD, bound.source,
                   OPEN_TREE_CLONE | recursive);
}

// Returns the line of /proc/self/mountinfo about the mount in which a path lies.
std::string mount_line(const std::string& path) {
  struct statx info {};
  check("statx", path,
        [&] { return ::statx(AT_FDCWD, path.c_str(), 0, STATX_MNT_ID, &info); });
  std::istringstream lines(read_file("/proc/self/mountinfo"));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(fmt::format("{} ", info.stx_mnt_id))) return line;
  return {};
}

// Throws where the source's mount can't propagate as asked: "shared:N" and "master:N"
// stand before " - ", proc_pid_mountinfo(5).
void require_propagation(const mount_entry& bound) {
  const std::string line = mount_line(bound.source);
  const std::string fields = line.substr(0, line.find(" - "));
  const bool shared = fields.find(" shared:") != std::string::npos;
  const bool slave = fields.find(" master:") != std::string::npos;
  if (shared || (slave && bound.propagation == MS_SLAVE)) return;
  throw usage_error(
      fmt::format("{}: the path {} is mounted, but not on a shared {}mount", bound.target,
                  bound.source, bound.propagation == MS_SLAVE ? "or slave " : ""),
      "on the host: mount --make-shared on its mount point, see findmnt -T PATH");
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
              fmt::format("the source is a {}, {} in the image a {}: name one of a kind",
                          word(from_directory), entry.target, word(!from_directory)));
}

// A copy of the host's mount tree is made, changed where nobody can see it yet, then
// attached: there is no moment in which it is there and not read-only.
void bind(int root, const mount_entry& entry) {
  const unsigned recursive = (entry.flags & MS_REC) != 0 ? AT_RECURSIVE : 0;
  const unique_fd target = open_target(root, entry.target, is_directory(entry.source));
  validate_target(target.get(), entry.target);
  validate_kind(target.get(), entry);
  const unique_fd own = entry.copy ? unique_fd() : copy_of(entry);
  const unique_fd& tree = entry.copy ? *entry.copy : own;
  if ((entry.flags & attributes) != 0)
    mount_setattr({"bind.flags"_id, "read-only, and all mounts below it"}, tree.get(), "",
                  AT_EMPTY_PATH | recursive, entry.flags & attributes, 0, entry.target);
  move_mount({"bind.attach"_id, fmt::format("on {}", entry.target)}, tree.get(),
             target.get(), "", entry.target);
  if (entry.propagation == MS_SLAVE)
    mount({"bind.slave"_id, "the host's later mounts come, ours stay"}, "",
          by_descriptor(tree.get()), "", MS_REC | MS_SLAVE, "", entry.target);
}

// Holds a small file that is nowhere on the host: it is made in the container's /dev,
// mounted where it belongs, and loses its name there.
struct small_file {
  const mount_entry* wanted;
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

// Without its directory there is no place for it; neither is there in a read-only mount
// (a volume over /etc) that lacks the name.
void mount_file(int root, const small_file& made) try {
  const mount_entry& entry = *made.wanted;
  auto target = find(root, entry.target);
  if (!target && !find(root, parent_of(entry.target))) return;
  if (!target) target = open_target(root, entry.target, false);
  mount({entry.id, entry.words}, by_descriptor(made.content.get()),
        by_descriptor(target->get()), "", MS_BIND, "", entry.target);
} catch (const error& failure) {
  if (failure.number() != EROFS) throw;
}

// Makes a node in a file system that is new and ours. The name comes from a flag or from
// a file, so each part of it is checked, and no link is followed.
void make(int directory, const node& node) {
  if (!leads_down(node.name))
    throw usage_error(
        fmt::format("/dev/{}: expected a path below /dev without . and ..", node.name));
  unique_fd held;
  std::size_t begin = 0;
  for (auto slash = node.name.find('/'); slash != std::string::npos;
       slash = node.name.find('/', begin)) {
    const std::string part = node.name.substr(begin, slash - begin);
    make_directory_at(quiet, directory, part, "/dev");
    held = open_in_root(directory, part, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    directory = held.get();
    begin = slash + 1;
  }
  const std::string name = node.name.substr(begin);
  if (S_ISDIR(node.mode)) {
    make_directory_at({"mountpoint"_id, "a place to mount on"}, directory, name, "/dev",
                      node.mode & 07777U);
    return;
  }
  if (!node.link.empty()) return symlink_at(quiet, node.link, directory, name);
  mknod_at({node.id, fmt::format("/dev/{}", node.name)}, directory, name, node.mode,
           node.device);
}

void mount_on(int root, const mount_entry& entry) {
  const bool kernel = entry.target == "/proc" || entry.target == "/sys";
  const unique_fd target = kernel ? open_kernel_target(root, entry.target)
                                  : open_target(root, entry.target, true);
  mount({entry.id, entry.words}, entry.type, by_descriptor(target.get()), entry.type,
        entry.flags, entry.data, entry.target);
  if (entry.nodes.empty()) return;
  const unique_fd inside = open_mounted(root, entry.target);
  for (const auto& each : entry.nodes) make(inside.get(), each);
}

// A file of ours has no name any more, and on such nothing can be mounted: so it isn't
// made where something else is to be.
bool is_replaced(const mount_entry& file, const std::vector<mount_entry>& places) {
  return file.type == "file" &&
         std::ranges::any_of(places, [&](const mount_entry& other) {
           return other.target == file.target && &other != &file;
         });
}

// Files of ours come last: a volume over /etc doesn't hide its hosts and resolv.conf.
void make_places(int root, const std::vector<mount_entry>& places) {
  std::vector<small_file> files;
  unique_fd memory;  // our /dev, also if something else is mounted on it later
  for (const auto& entry : places) {
    if (is_replaced(entry, places)) continue;
    if (entry.type == "file") {
      if (!memory) memory = open_mounted(root, "/dev");
      files.push_back(make_file(memory.get(), entry));
    } else if (entry.type == "bind")
      bind(root, entry);
    else
      mount_on(root, entry);
  }
  for (const auto& one : files) {
    mount_file(root, one);
    ::unlinkat(memory.get(), one.name.c_str(), 0);
  }
}

}  // namespace

void copy_shared(std::vector<mount_entry>& places) {
  for (auto& entry : places) {
    if (entry.propagation == 0) continue;
    require_propagation(entry);
    entry.copy = std::make_shared<unique_fd>(copy_of(entry));
  }
}

void make_private() {
  chroot::become_root();
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
    refuse(strerror(why_not), "expected a directory with a root file system");
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

void enter_root(const std::string& root, const std::vector<mount_entry>& places,
                bool read_only) {
  const unique_fd top = open(root, O_PATH | O_DIRECTORY);
  ::umask(0);  // modes are meant as they are given
  make_places(top.get(), places);
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
