// SPDX-License-Identifier: MIT
#include "base/copy_tree.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/descent.hpp"
#include "common/error.hpp"
#include "common/fd.hpp"
#include "common/sys.hpp"

namespace zoomin::base {

namespace {

using sys::check;

struct stat stat_of(int directory, const std::string& name, const std::string& path) {
  struct stat info {};
  check("fstatat", path, [&] {
    return ::fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
  });
  return info;
}

// Copies a range in the kernel, by reference if the file system can. Returns the offset
// at which it stopped. This is before `end` if the file became shorter, or if it reported
// a wrong size, as files of /sys do.
off_t copy_range(int from, int to, off_t at, off_t end, const std::string& path) {
  check("lseek", path, [&] { return ::lseek(from, at, SEEK_SET); });
  check("lseek", path, [&] { return ::lseek(to, at, SEEK_SET); });
  bool by_range = true;
  while (at < end) {
    const auto left = static_cast<std::size_t>(end - at);
    ssize_t done = by_range ? ::copy_file_range(from, nullptr, to, nullptr, left, 0) : -1;
    if (done <= 0) {  // copy_file_range(2) doesn't support these
      by_range = false;
      done = check("sendfile", path, [&] { return ::sendfile(to, from, nullptr, left); });
    }
    if (done == 0) break;
    at += done;
  }
  return at;
}

// Copies until the end of the file. Files of /proc report the size 0; their content is
// made when they are read, proc(5).
void copy_stream(int from, int to, const std::string& path) {
  std::vector<char> piece(64UL << 10);
  while (const auto got = check("read", path,
                                [&] { return ::read(from, piece.data(), piece.size()); }))
    for (ssize_t done = 0; done < got;)
      done += check("write", path, [&] {
        return ::write(to, piece.data() + done, static_cast<std::size_t>(got - done));
      });
}

off_t size_of(int file, const std::string& path) {
  return stat_of(file, "", path).st_size;
}

}  // namespace

// Copies `size` bytes, or fewer if the file becomes shorter; holes stay holes, lseek(2).
void copy_data(int from, int to, off_t size, const std::string& path) {
  if (size == 0) return copy_stream(from, to, path);
  for (off_t at = 0; at < size;) {
    const off_t data = ::lseek(from, at, SEEK_DATA);
    if (data == -1 && errno == ENXIO) {  // the rest is a hole
      size = std::min(size, size_of(from, path));
      break;
    }
    const off_t begin = data == -1 ? at : data;  // the file system doesn't support holes
    const off_t hole = ::lseek(from, begin, SEEK_HOLE);
    const off_t end = hole == -1 ? size : std::min(hole, size);
    at = copy_range(from, to, begin, end, path);
    if (at < end) size = at;
  }
  check("ftruncate", path, [&] { return ::ftruncate(to, size); });
}

// Copies the extended attributes. Those that the target's file system doesn't support are
// left out.
void copy_attributes(int from, int to, owners ownership) {
  std::string names(64UL << 10, '\0');
  const auto size = ::flistxattr(from, names.data(), names.size());
  for (ssize_t at = 0; at < size;) {
    const char* name = names.data() + at;
    at += static_cast<ssize_t>(std::string_view(name).size()) + 1;
    if (ownership == owners::ours && std::string_view(name) == "security.capability")
      continue;
    std::string value(64UL << 10, '\0');
    const auto got = ::fgetxattr(from, name, value.data(), value.size());
    if (got >= 0) ::fsetxattr(to, name, value.data(), static_cast<std::size_t>(got), 0);
  }
}

namespace {

// Sets the owner first, because chown(2) clears set-user-ID bits and file capabilities.
void copy_properties(int from, int to, const struct stat& info, const std::string& path,
                     owners ownership = owners::kept) {
  const bool kept = ownership == owners::kept;
  if (kept) check("fchown", path, [&] { return ::fchown(to, info.st_uid, info.st_gid); });
  check("fchmod", path,
        [&] { return ::fchmod(to, info.st_mode & (kept ? 07777 : 01777)); });
  copy_attributes(from, to, ownership);
  const timespec times[] = {info.st_atim, info.st_mtim};
  check("futimens", path, [&] { return ::futimens(to, times); });
}

bool is_device(mode_t mode) { return S_ISCHR(mode) || S_ISBLK(mode); }

}  // namespace

// Removes an entry that a copy will replace. A directory is kept, since a copy that isn't
// a directory can't replace it. A mount point is kept too: from another mount namespace,
// unlink(2) would detach the mount. A device is replaced only by a device, so that cp to
// /dev/null doesn't remove it.
void make_room(int directory, const std::string& name, const std::string& path,
               mode_t source) {
  struct statx info {};
  if (::statx(directory, name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_TYPE, &info) == 0) {
    if ((info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0)
      throw sys::error(EBUSY, "unlinkat", path);
    if (is_device(info.stx_mode) && !is_device(source))
      throw usage_error(fmt::format(
          "{}: must be a directory or a regular file: got a device", sys::quote(name)));
  }
  if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return;
  const int number = errno;
  if (number != EISDIR) throw sys::error(number, "unlinkat", path);
  throw usage_error(fmt::format("cannot overwrite directory {} with non-directory {}",
                                sys::quote(name), path));
}

namespace {

// Makes a directory, or opens the existing one.
unique_fd make_directory(int directory, const std::string& name,
                         const std::string& path) {
  sys::make_directory_at(sys::quiet, directory, name, path, 0700);
  auto made = sys::open_below(directory, name.c_str());
  if (made) return made;
  const int number = errno;
  if (number != ENOTDIR && number != ELOOP) throw sys::error(number, "openat", path);
  throw usage_error(fmt::format("cannot overwrite non-directory {} with directory {}",
                                sys::quote(name), path));
}

// Returns true if the directory is on a file system of the kernel, whose files are made
// when they are read or don't outlive it. Such files aren't copied.
bool is_on_kernel_file_system(int directory) {
  constexpr unsigned long mqueue = 0x19800202, configfs = 0x62656570;
  struct statfs info {};
  if (::fstatfs(directory, &info) == -1) return false;
  switch (static_cast<unsigned long>(info.f_type)) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case DEVPTS_SUPER_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case BPF_FS_MAGIC:
    case mqueue:
    case configfs:
      return true;
    default:
      return false;
  }
}

std::pair<dev_t, ino_t> identity_of(const struct stat& info) {
  return {info.st_dev, info.st_ino};
}

// Remembers the copies of files with several hard links, by path below the top of the
// copy. A descriptor for each would be too many.
class first_copies {
 public:
  explicit first_copies(int top) : top_(top) {}

  // Makes `as` a hard link to an earlier copy of the same file. Returns false if there is
  // none or it can't be found again; then the file is copied once more.
  bool link(const struct stat& info, int to, const std::string& as) const {
    const auto known = known_.find(identity_of(info));
    if (known == known_.end()) return false;
    const auto file = find(known->second.path);
    struct stat found {};
    return file && ::fstat(file->get(), &found) == 0 &&
           identity_of(found) == known->second.identity &&
           ::linkat(file->get(), "", to, as.c_str(), AT_EMPTY_PATH) == 0;
  }

  void add(const struct stat& info, int to, const std::string& as,
           const std::string& path) {
    if (info.st_nlink < 2 || path.size() >= PATH_MAX) return;
    const auto made = stat_of(to, as, path);
    known_.emplace(identity_of(info), copy{path, identity_of(made)});
  }

 private:
  struct copy {
    std::string path;
    std::pair<dev_t, ino_t> identity;
  };

  [[nodiscard]] std::optional<unique_fd> find(const std::string& path) const try {
    return sys::find_in_root(top_, path, O_PATH | O_NOFOLLOW);
  } catch (const sys::error&) {
    return std::nullopt;
  }

  int top_;
  std::map<std::pair<dev_t, ino_t>, copy> known_;
};

void copy_file(int from, const std::string& name, int to, const std::string& as,
               const std::string& path, owners ownership) {
  const unique_fd source(check("openat", path, [&] {
    return ::openat(from, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  }));
  const struct stat info = stat_of(source.get(), "", path);
  const unique_fd made(check("openat", path, [&] {
    return ::openat(to, as.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    0600);
  }));
  copy_data(source.get(), made.get(), info.st_size, path);
  copy_properties(source.get(), made.get(), info, path, ownership);
}

// Copies a symbolic link, a device, a socket or a pipe.
void copy_special(int from, const std::string& name, const struct stat& info, int to,
                  const std::string& as, const std::string& path, owners ownership) {
  if (S_ISLNK(info.st_mode)) {
    const auto link = sys::read_link_at(from, name);
    if (!link) throw sys::error(errno, "readlinkat", path);
    sys::symlink_at(sys::quiet, *link, to, as);
  } else {
    check("mknodat", path,
          [&] { return ::mknodat(to, as.c_str(), info.st_mode, info.st_rdev); });
  }
  if (ownership == owners::kept)
    check("fchownat", path, [&] {
      return ::fchownat(to, as.c_str(), info.st_uid, info.st_gid, AT_SYMLINK_NOFOLLOW);
    });
  const timespec times[] = {info.st_atim, info.st_mtim};
  ::utimensat(to, as.c_str(), times, AT_SYMLINK_NOFOLLOW);
}

// Copies a file of any type but a directory.
void copy_non_directory(int from, const std::string& name, const struct stat& info,
                        int to, const std::string& as, const std::string& path,
                        owners ownership) {
  if (S_ISREG(info.st_mode))
    copy_file(from, name, to, as, path, ownership);
  else
    copy_special(from, name, info, to, as, path, ownership);
}

unique_fd open_here(int directory, const std::string& path) {
  return unique_fd(check("openat", path, [&] {
    return ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }));
}

// Walks the source tree and the target tree together.
class copier : public sys::tree_walk {
 public:
  copier(int from, int to, const std::string& path, owners ownership)
      : tree_walk(open_here(from, path)),
        target_(open_here(to, path)),
        top_(identity_of(stat_of(to, "", path))),
        first_copies_(to),
        source_path_(path),
        ownership_(ownership) {}

 private:
  // Copies an entry and returns whether to descend into it. Skips the top of the copy
  // itself, since copying it into itself would never end, and files that are removed
  // meanwhile.
  bool meet(const char* name, unsigned char /*type*/) override {
    const auto info = look_at(name);
    if (!info) return false;
    if (S_ISDIR(info->st_mode))
      return identity_of(*info) != top_ && !copy_kernel_mount(*info, name);
    try {
      copy_here(name, *info);
    } catch (const sys::error& failure) {
      if (failure.number() != ENOENT || look_at(name)) throw;
    }
    return false;
  }

  // Returns the file's status, or nothing if it is gone.
  [[nodiscard]] std::optional<struct stat> look_at(const std::string& name) const {
    struct stat info {};
    if (::fstatat(here(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) return info;
    if (errno != ENOENT) throw sys::error(errno, "fstatat", path_of(name));
    return std::nullopt;
  }

  void copy_here(const std::string& name, const struct stat& info) {
    const int to = target_.here();
    make_room(to, name, path_of(name), info.st_mode);
    if (first_copies_.link(info, to, name)) return;
    copy_non_directory(here(), name, info, to, name, path_of(name), ownership_);
    first_copies_.add(info, to, name, relative_path_ + name);
  }

  // Handles a mount of a kernel file system: makes only its directory, as docker(1) does,
  // and returns true. Returns false for any other entry.
  bool copy_kernel_mount(const struct stat& info, const std::string& name) {
    if (info.st_dev == stat_of(here(), "", source_path_).st_dev) return false;
    const auto below = sys::open_below(here(), name.c_str());
    if (!below || !is_on_kernel_file_system(below.get())) return false;
    const std::string path = path_of(name);
    const auto made = make_directory(target_.here(), name, path);
    copy_properties(below.get(), made.get(), info, path, ownership_);
    return true;
  }

  void entered(const std::string& name) override {
    target_.enter(make_directory(target_.here(), name, path_of(name)));
    relative_path_ += name + "/";
  }

  // Copies a directory's properties, except those of the top, which the caller copies.
  void leaving() override {
    if (target_.depth() == 0) return;
    const std::string path = path_of("");
    copy_properties(here(), target_.here(), stat_of(here(), "", path), path, ownership_);
  }

  void left(const std::string& name) override {
    relative_path_.resize(relative_path_.size() - name.size() - 1);
    target_.leave();
  }

  void refused(const std::string& name, int number) override {
    if (number != ENOENT) throw sys::error(number, "openat", path_of(name));
  }

  // Returns the path for an error message, shortened, since a tree may be deeper than any
  // path.
  [[nodiscard]] std::string path_of(const std::string& name) const {
    const bool long_path = relative_path_.size() >= PATH_MAX;
    return source_path_ + "/" + (long_path ? std::string(".../") : relative_path_) + name;
  }

  sys::descent target_;
  std::pair<dev_t, ino_t> top_;
  first_copies first_copies_;
  std::string source_path_;
  std::string relative_path_;  // from the top to here(), with a '/' at the end
  owners ownership_;
};

}  // namespace

void copy_contents(int from, int to, const std::string& path, owners ownership) {
  copier(from, to, path, ownership).run();
}

void copy_directory_itself(int from, int to, const std::string& path, owners ownership) {
  copy_properties(from, to, stat_of(from, "", path), path, ownership);
}

void copy_entry(int from, const std::string& name, int to, const std::string& as,
                const std::string& path, owners ownership) {
  const struct stat info = stat_of(from, name, path);
  if (!S_ISDIR(info.st_mode)) {
    make_room(to, as, path, info.st_mode);
    return copy_non_directory(from, name, info, to, as, path, ownership);
  }
  const auto source = sys::open_below(from, name.c_str());
  if (!source) throw sys::error(errno, "openat", path);
  const auto made = make_directory(to, as, path);
  copy_contents(source.get(), made.get(), path, ownership);
  copy_directory_itself(source.get(), made.get(), path, ownership);
}

}  // namespace zoomin::base
