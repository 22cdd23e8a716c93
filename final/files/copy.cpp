// SPDX-License-Identifier: MIT
#include "files/copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <vector>

#include "common/fd.hpp"
#include "common/sys.hpp"
#include "files/walk.hpp"

namespace zoomin::files {

namespace {

using sys::check;

struct stat stat_of(int directory, const std::string& name, const std::string& place) {
  struct stat is {};
  check("fstatat", place, [&] {
    return ::fstatat(directory, name.c_str(), &is, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
  });
  return is;
}

// Gives the offset where it stopped: before `end` where the file became shorter, or where
// its size was never true, as in /sys. In the kernel, and by reference where the file
// system can.
off_t copy_range(int from, int to, off_t at, off_t end, const std::string& place) {
  check("lseek", place, [&] { return ::lseek(from, at, SEEK_SET); });
  check("lseek", place, [&] { return ::lseek(to, at, SEEK_SET); });
  bool by_range = true;
  while (at < end) {
    const auto left = static_cast<std::size_t>(end - at);
    ssize_t done = by_range ? ::copy_file_range(from, nullptr, to, nullptr, left, 0) : -1;
    if (done <= 0) {  // not between these two file systems
      by_range = false;
      done =
          check("sendfile", place, [&] { return ::sendfile(to, from, nullptr, left); });
    }
    if (done == 0) break;
    at += done;
  }
  return at;
}

// Copies until the end of file: files of /proc say that they are empty, proc(5), and are
// made as they are read.
void copy_stream(int from, int to, const std::string& place) {
  std::vector<char> piece(64UL << 10);
  while (const auto got = check("read", place,
                                [&] { return ::read(from, piece.data(), piece.size()); }))
    for (ssize_t done = 0; done < got;)
      done += check("write", place, [&] {
        return ::write(to, piece.data() + done, static_cast<std::size_t>(got - done));
      });
}

off_t size_of(int file, const std::string& place) {
  return stat_of(file, "", place).st_size;
}

// Copies `size` bytes, or fewer if the file becomes shorter; holes stay holes, lseek(2).
void copy_data(int from, int to, off_t size, const std::string& place) {
  if (size == 0) return copy_stream(from, to, place);
  for (off_t at = 0; at < size;) {
    const off_t data = ::lseek(from, at, SEEK_DATA);
    if (data == -1 && errno == ENXIO) {  // only a hole is left
      size = std::min(size, size_of(from, place));
      break;
    }
    const off_t begin = data == -1 ? at : data;  // the file system knows no holes
    const off_t hole = ::lseek(from, begin, SEEK_HOLE);
    const off_t end = hole == -1 ? size : std::min(hole, size);
    at = copy_range(from, to, begin, end, place);
    if (at < end) size = at;
  }
  check("ftruncate", place, [&] { return ::ftruncate(to, size); });
}

// A file system that knows none, or not that one, leaves it out.
void copy_attributes(int from, int to, owners whose) {
  std::string names(64UL << 10, '\0');
  const auto size = ::flistxattr(from, names.data(), names.size());
  for (ssize_t at = 0; at < size;) {
    const char* name = names.data() + at;
    at += static_cast<ssize_t>(std::string_view(name).size()) + 1;
    if (whose == owners::ours && std::string_view(name) == "security.capability")
      continue;
    std::string value(64UL << 10, '\0');
    const auto got = ::fgetxattr(from, name, value.data(), value.size());
    if (got >= 0) ::fsetxattr(to, name, value.data(), static_cast<std::size_t>(got), 0);
  }
}

// Owner first: it takes set-user-ID bits and capabilities away.
void copy_properties(int from, int to, const struct stat& is, const std::string& place,
                     owners whose = owners::kept) {
  const bool kept = whose == owners::kept;
  if (kept) check("fchown", place, [&] { return ::fchown(to, is.st_uid, is.st_gid); });
  check("fchmod", place,
        [&] { return ::fchmod(to, is.st_mode & (kept ? 07777 : 01777)); });
  copy_attributes(from, to, whose);
  const timespec times[] = {is.st_atim, is.st_mtim};
  check("futimens", place, [&] { return ::futimens(to, times); });
}

// A directory stays: what is copied over it isn't one. What is mounted on stays too:
// from another mount namespace, unlink(2) would take the mount away.
void make_room(int directory, const std::string& name, const std::string& place) {
  struct statx is {};
  if (::statx(directory, name.c_str(), AT_SYMLINK_NOFOLLOW, 0, &is) == 0 &&
      (is.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0)
    throw sys::error(EBUSY, "unlinkat", place);
  if (::unlinkat(directory, name.c_str(), 0) == -1 && errno != ENOENT)
    throw sys::error(errno, "unlinkat", place);
}

class copier {
 public:
  explicit copier(owners whose) : whose_(whose) {}

  void contents(int from, int to, const std::string& place) {
    for (const auto& name : names_in(from, place))
      entry(from, name, to, name, place + "/" + name);
  }

  void entry(int from, const std::string& name, int to, const std::string& as,
             const std::string& place) {
    const struct stat is = stat_of(from, name, place);
    if (S_ISDIR(is.st_mode)) return directory(from, name, to, as, place);
    make_room(to, as, place);
    if (is.st_nlink > 1 && link(is, to, as)) return;
    if (S_ISREG(is.st_mode)) return file(from, name, to, as, place);
    if (S_ISLNK(is.st_mode))
      sys::symlink_at(sys::quiet, sys::read_link_at(from, name).value_or(""), to, as);
    else
      check("mknodat", place,
            [&] { return ::mknodat(to, as.c_str(), is.st_mode, is.st_rdev); });
    if (whose_ == owners::kept)
      check("fchownat", place, [&] {
        return ::fchownat(to, as.c_str(), is.st_uid, is.st_gid, AT_SYMLINK_NOFOLLOW);
      });
    const timespec times[] = {is.st_atim, is.st_mtim};
    ::utimensat(to, as.c_str(), times, AT_SYMLINK_NOFOLLOW);
  }

 private:
  // Another name of what is copied already.
  bool link(const struct stat& is, int to, const std::string& as) {
    const auto key = std::pair(is.st_dev, is.st_ino);
    const auto known = first_names_.find(key);
    if (known != first_names_.end())
      return ::linkat(known->second.first, known->second.second.c_str(), to, as.c_str(),
                      0) == 0;
    kept_.emplace_back(check("dup", as, [&] { return ::fcntl(to, F_DUPFD_CLOEXEC, 3); }));
    first_names_.emplace(key, std::pair(kept_.back().get(), as));
    return false;
  }

  void directory(int from, const std::string& name, int to, const std::string& as,
                 const std::string& place) {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const unique_fd source(
        check("openat", place, [&] { return ::openat(from, name.c_str(), flags); }));
    sys::make_directory_at(sys::quiet, to, as, place, 0700);
    const unique_fd made(
        check("openat", place, [&] { return ::openat(to, as.c_str(), flags); }));
    contents(source.get(), made.get(), place);
    copy_properties(source.get(), made.get(), stat_of(source.get(), "", place), place,
                    whose_);
  }

  void file(int from, const std::string& name, int to, const std::string& as,
            const std::string& place) {
    const unique_fd source(check("openat", place, [&] {
      return ::openat(from, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    }));
    const struct stat is = stat_of(source.get(), "", place);
    const unique_fd made(check("openat", place, [&] {
      return ::openat(to, as.c_str(),
                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    }));
    copy_data(source.get(), made.get(), is.st_size, place);
    copy_properties(source.get(), made.get(), is, place, whose_);
  }

  owners whose_;
  std::map<std::pair<dev_t, ino_t>, std::pair<int, std::string>> first_names_;
  std::vector<unique_fd> kept_;
};

}  // namespace

void copy_contents(int from, int to, const std::string& place, owners whose) {
  copier(whose).contents(from, to, place);
}

void copy_directory_itself(int from, int to, const std::string& place, owners whose) {
  copy_properties(from, to, stat_of(from, "", place), place, whose);
}

void copy_entry(int from, const std::string& name, int to, const std::string& as,
                const std::string& place, owners whose) {
  copier(whose).entry(from, name, to, as, place);
}

}  // namespace zoomin::files
