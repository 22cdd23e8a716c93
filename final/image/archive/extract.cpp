// SPDX-License-Identifier: MIT
#include "image/archive/extract.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/layer_marks.hpp"
#include "image/store.hpp"

namespace zoomin::image {

namespace {

using sys::check;

// The prefixes of the names by which a layer marks removed files: image-spec, layer.md.
constexpr std::string_view mark = ".wh.";
constexpr std::string_view opaque_mark = ".wh..wh..opq";
constexpr std::size_t max_xattr_bytes = 64UL << 10;  // xattr(7), Linux's limit
constexpr std::size_t hole_bytes = 64UL << 10;

// The most directories in a path, so that every program can remove, copy and name the
// files.
constexpr std::size_t max_depth = 500;

[[noreturn]] void refuse_depth(const std::string& path) {
  constexpr std::size_t shown = 60;
  throw usage_error(
      fmt::format("the archive's member {} is more than {} directories deep",
                  sys::quote(path.substr(0, shown) + "..."), max_depth));
}

// Returns the path without "", "." and a leading '/'. Throws usage_error if it contains
// ".." or is too deep.
std::string normalized(const std::string& path) {
  std::string clean;
  std::size_t parts = 0;
  for (std::size_t begin = 0; begin < path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    if (part == "..")
      throw usage_error(fmt::format("the archive's member {} leads out of its directory",
                                    sys::quote(path)));
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (++parts > max_depth) refuse_depth(path);
    clean += (clean.empty() ? "" : "/") + part;
  }
  return clean;
}

std::pair<std::string, std::string> split_path(const std::string& clean) {
  const auto slash = clean.rfind('/');
  if (slash == std::string::npos) return {"", clean};
  return {clean.substr(0, slash), clean.substr(slash + 1)};
}

// Returns the depth of an open directory, by its path in /proc/self/fd, or nothing if the
// path is too long for the kernel.
std::optional<std::size_t> depth_of(int directory) {
  const auto path =
      sys::read_link_at(AT_FDCWD, fmt::format("/proc/self/fd/{}", directory));
  if (!path) return std::nullopt;
  return static_cast<std::size_t>(std::ranges::count(*path, '/'));
}

struct stat stat_at(int parent, const std::string& name) {
  struct stat found {};
  if (::fstatat(parent, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == -1) found = {};
  return found;
}

// Returns the path that leads to a file through an open directory.
std::string path_in(int parent, const std::string& name) {
  return fmt::format("/proc/self/fd/{}/{}", parent, name);
}

bool is_whiteout(const struct stat& found, int parent, const std::string& name) {
  if (S_ISREG(found.st_mode) && found.st_size == 0)
    return ::lgetxattr(path_in(parent, name).c_str(), whiteout_xattr, nullptr, 0) >= 0;
  return S_ISCHR(found.st_mode) && found.st_rdev == 0;
}

// Sets one of overlay's "trusted." attributes. With the flag XATTR_CREATE an existing
// value stays.
void set_overlay_xattr(int parent, const std::string& name, const char* xattr,
                       const char* value, int flags) {
  if (::lsetxattr(path_in(parent, name).c_str(), xattr, value, 1, flags) == 0) return;
  if (errno == EEXIST && flags == XATTR_CREATE) return;
  if (errno != EOPNOTSUPP && errno != EPERM) throw sys::error(errno, "lsetxattr", name);
  throw usage_error(
      fmt::format("the layer removes {}, which the file system of {} can't express",
                  sys::quote(name), layers_directory()),
      "set ZOOMIN_ROOT to a directory on a volume or a local disk; an overlay, as in a "
      "container, can express it since Linux 6.7");
}

void make_opaque(int parent, const std::string& name) {
  set_overlay_xattr(parent, name, opaque_xattr, "y", 0);
}

void make_whiteout(int parent, const std::string& name) {
  if (::mknodat(parent, name.c_str(), S_IFCHR, 0) == 0) return;
  if (errno != EPERM) throw sys::error(errno, "mknodat", name);
  const unique_fd file(check("openat", name, [&] {
    return ::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  }));
  set_overlay_xattr(parent, name, whiteout_xattr, "y", 0);
  set_overlay_xattr(parent, ".", opaque_xattr, "x", XATTR_CREATE);
}

void set_xattrs(const std::string& path, const member& member) {
  for (const auto& [name, value] : member.xattrs) {
    if (!is_portable_xattr(name)) continue;
    const int done =
        ::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0);
    if (done == -1 && errno != ENOTSUP && errno != EPERM)
      throw sys::error(errno, "lsetxattr", fmt::format("{} of {}", name, member.path));
  }
}

std::uint32_t id_of(std::int64_t id, const member& member) {
  if (id < 0 || id >= std::numeric_limits<std::uint32_t>::max())
    throw usage_error(fmt::format("the archive's member {} has the invalid owner {}",
                                  sys::quote(member.path), id));
  return static_cast<std::uint32_t>(id);
}

void set_times(int parent, const char* name, std::int64_t mtime, long ns) {
  const timespec times[2]{{mtime, ns}, {mtime, ns}};
  ::utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW);  // a failure does no harm
}

// Sets owner, mode, attributes and times. chown(2) comes first, since it clears
// set-user-ID and security.capability.
void set_attributes(int parent, const std::string& name, const member& member) {
  check("fchownat", member.path, [&] {
    return ::fchownat(parent, name.c_str(), id_of(member.uid, member),
                      id_of(member.gid, member), AT_SYMLINK_NOFOLLOW);
  });
  if (!S_ISLNK(member.mode))
    check("fchmodat", member.path,
          [&] { return ::fchmodat(parent, name.c_str(), member.mode & 07777, 0); });
  if (!member.xattrs.empty()) set_xattrs(path_in(parent, name), member);
  set_times(parent, name.c_str(), member.mtime, member.mtime_ns);
}

bool is_zero(std::span<const char> bytes) {
  return bytes.front() == 0 &&
         std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

// Writes a piece of a file. Blocks of zeros become holes, so that gigabytes of zeros need
// no disk space. Returns where the last written block ends; 0 if there is none.
std::uint64_t write_at(int file, std::uint64_t offset, std::span<const char> bytes,
                       const std::string& path) {
  std::uint64_t end = 0;
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), hole_bytes));
    std::size_t done = piece.size();
    const bool is_hole = is_zero(piece);
    if (!is_hole)
      done = static_cast<std::size_t>(check("write", path, [&] {
        return ::pwrite(file, piece.data(), piece.size(), static_cast<off_t>(offset));
      }));
    offset += done;
    if (!is_hole) end = offset;
    bytes = bytes.subspan(done);
  }
  return end;
}

}  // namespace

bool is_portable_xattr(const std::string& name) {
  return name.starts_with("user.") || name == "security.capability" ||
         name.starts_with("system.posix_acl_");
}

std::vector<std::pair<std::string, std::string>> xattrs_of(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> xattrs;
  std::string names(max_xattr_bytes, '\0');
  const auto size = ::llistxattr(path.c_str(), names.data(), names.size());
  for (ssize_t at = 0; at < size;) {
    const std::string name = names.data() + at;
    at += static_cast<ssize_t>(name.size()) + 1;
    if (!is_portable_xattr(name)) continue;
    std::string value(max_xattr_bytes, '\0');
    const auto got = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    if (got >= 0)
      xattrs.emplace_back(name, value.substr(0, static_cast<std::size_t>(got)));
  }
  std::ranges::sort(xattrs);
  return xattrs;
}

extractor::extractor(const std::string& directory, bool has_marks)
    : root_(sys::open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)),
      root_depth_(depth_of(root_.get()).value_or(0)),
      has_marks_(has_marks) {}

void extractor::add(const member& member, tar_reader& reader) {
  const std::string path = normalized(member.path);
  if (path.empty()) return add_root(member);
  const location at = location_of(path);
  if (has_marks_ && apply_mark(at)) return;
  implied_.erase(path);
  create_member(member, at, reader);
  if (member.hardlink) return;       // it shares the attributes of the other name
  if (S_ISREG(member.mode)) return;  // make_file() has set them
  set_attributes(at.parent, at.name, member);
  if (S_ISDIR(member.mode)) directories_.push_back({path, member.mtime, member.mtime_ns});
}

void extractor::finish() {
  std::ranges::reverse(directories_);  // children before their parents
  for (const auto& directory : directories_) {
    const location at = location_of(directory.path);
    if (S_ISDIR(stat_at(at.parent, at.name).st_mode))
      set_times(at.parent, at.name.c_str(), directory.mtime, directory.mtime_ns);
  }
}

extractor::location extractor::location_of(const std::string& path) {
  auto [parent, name] = split_path(path);
  return {parent_at(parent), std::move(name)};
}

int extractor::parent_at(const std::string& path) {
  if (open_parent_ && open_path_ == path) return open_parent_.get();
  open_parent_.reset();
  last_creation_.reset();
  if (path.empty()) return root_.get();
  open_parent_ = make_parents(path);
  const auto depth = depth_of(open_parent_.get());  // links may lead deeper than `path`
  if (!depth || *depth > root_depth_ + max_depth) refuse_depth(path);
  open_path_ = path;
  return open_parent_.get();
}

// Opens a member's parent directory. Creates the parents that the archive doesn't
// describe.
unique_fd extractor::make_parents(const std::string& path) {
  constexpr std::uint64_t flags = O_PATH | O_DIRECTORY;
  try {
    if (auto existing = sys::find_in_root(root_.get(), path, flags))
      return std::move(*existing);
  } catch (const sys::error& failure) {
    if (failure.number() != ENOTDIR) throw;
  }
  const auto [above, name] = split_path(path);
  const unique_fd parent =
      above.empty() ? sys::open_in_root(root_.get(), ".", flags) : make_parents(above);
  const struct stat existing = stat_at(parent.get(), name);
  if (existing.st_mode != 0 && !is_whiteout(existing, parent.get(), name))
    throw usage_error(
        fmt::format("the archive's parent {} is not a directory", sys::quote(path)));
  make_directory({parent.get(), name});
  implied_.insert(path);
  return sys::open_in_root(root_.get(), path, flags);
}

// Applies the member ".": its owner and mode become those of the container's root
// directory.
void extractor::add_root(const member& member) {
  if (!S_ISDIR(member.mode) || member.hardlink)
    throw usage_error("the archive's root is not a directory");
  const unique_fd here(check("openat", ".", [&] {
    return ::openat(root_.get(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  }));
  set_attributes(here.get(), ".", member);
}

bool extractor::apply_mark(const location& at) {
  if (!at.name.starts_with(mark)) return false;
  const std::string hidden = at.name.substr(mark.size());
  if (at.name == opaque_mark) {
    make_opaque(at.parent, ".");
  } else if (hidden.empty() || hidden == "." || hidden == "..") {
    throw usage_error(fmt::format("the archive's whiteout {} hides no valid name",
                                  sys::quote(at.name)));
  } else if (!hidden.starts_with(mark)) {  // names with two marks are AUFS's own files
    white_out({at.parent, hidden});
  }
  return true;
}

// Hides a file of the lower layers. If this layer has a directory of that name, it
// becomes opaque.
void extractor::white_out(const location& at) {
  const struct stat existing = stat_at(at.parent, at.name);
  if (S_ISDIR(existing.st_mode)) return make_opaque(at.parent, at.name);
  if (existing.st_mode == 0) make_whiteout(at.parent, at.name);
}

void extractor::create_member(const member& member, const location& at,
                              tar_reader& reader) {
  if (member.hardlink) return make_link(member, at);
  if (S_ISDIR(member.mode)) return make_directory(at);
  if (S_ISREG(member.mode)) return make_file(member, at, reader);
  remove_existing(at);
  if (S_ISLNK(member.mode)) {
    check("symlinkat", member.path, [&] {
      return ::symlinkat(member.symlink.c_str(), at.parent, at.name.c_str());
    });
    return;
  }
  if (!S_ISCHR(member.mode) && !S_ISBLK(member.mode) && !S_ISFIFO(member.mode))
    throw usage_error(fmt::format("the archive's member {} is of an unknown type",
                                  sys::quote(member.path)));
  check("mknodat", member.path, [&] {
    return ::mknodat(at.parent, at.name.c_str(), (member.mode & S_IFMT) | 0600,
                     member.device);
  });
}

// Creates a directory. If it replaces a whiteout it becomes opaque, so that it doesn't
// show the files of the hidden directory.
void extractor::make_directory(const location& at) {
  const struct stat existing = stat_at(at.parent, at.name);
  if (S_ISDIR(existing.st_mode)) return;
  const bool hides = is_whiteout(existing, at.parent, at.name);
  remove_existing(at);
  check("mkdirat", at.name, [&] { return ::mkdirat(at.parent, at.name.c_str(), 0755); });
  check("fchmodat", at.name,  // independent of the umask
        [&] { return ::fchmodat(at.parent, at.name.c_str(), 0755, 0); });
  if (hides) make_opaque(at.parent, at.name);
}

void extractor::make_file(const member& member, const location& at, tar_reader& reader) {
  const bool is_special = (member.mode & 07000) != 0;  // not before it has its owner
  const auto file = create(at, is_special ? 0600 : member.mode & 0777);
  std::uint64_t end = 0;
  reader.read([&](std::uint64_t offset, std::span<const char> bytes) {
    end = std::max(end, write_at(file.get(), offset, bytes, member.path));
  });
  if (end != member.size)
    check("ftruncate", member.path,
          [&] { return ::ftruncate(file.get(), static_cast<off_t>(member.size)); });
  size_bytes_ += member.size;
  set_owner_and_mode(file.get(), member);
  if (!member.xattrs.empty()) set_xattrs(path_in(at.parent, at.name), member);
  const timespec mtime{member.mtime, member.mtime_ns}, both[2]{mtime, mtime};
  ::futimens(file.get(), both);  // a failure does no harm
}

// Creates a file, which replaces what an earlier member created under this name.
unique_fd extractor::create(const location& at, mode_t mode) {
  const auto open = [&] {
    return ::openat(at.parent, at.name.c_str(),
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  };
  if (unique_fd file(open()); file) return file;
  if (errno == EEXIST) remove_existing(at);
  return unique_fd(check("openat", at.name, open));
}

// Files that one process creates in one directory with one mode have the same owner and
// mode: umask(2), a set-group-ID directory and a default ACL, acl(5), change all alike.
// So only the first of them is looked at.
void extractor::set_owner_and_mode(int file, const member& member) {
  const creation expected{member.mode & 07777, id_of(member.uid, member),
                          id_of(member.gid, member)};
  if (last_creation_ == expected) return;
  struct stat made {};
  check("fstat", member.path, [&] { return ::fstat(file, &made); });
  if (creation{made.st_mode & 07777, made.st_uid, made.st_gid} == expected) {
    last_creation_ = expected;
    return;
  }
  // chown(2) clears set-user-ID and security.capability.
  check("fchown", member.path,
        [&] { return ::fchown(file, expected.uid, expected.gid); });
  check("fchmod", member.path, [&] { return ::fchmod(file, expected.mode); });
}

void extractor::make_link(const member& member, const location& at) {
  const auto target = split_path(normalized(*member.hardlink));
  const auto& name = target.second;
  const auto parent = sys::find_in_root(
      root_.get(), target.first.empty() ? "." : target.first, O_PATH | O_DIRECTORY);
  struct stat linked {};
  if (parent) linked = stat_at(parent->get(), name);
  if (linked.st_mode == 0 || S_ISDIR(linked.st_mode))
    throw usage_error(
        fmt::format("the archive's hard link {} leads to {}, which doesn't exist",
                    sys::quote(member.path), sys::quote(*member.hardlink)));
  const struct stat itself = stat_at(at.parent, at.name);
  if (itself.st_mode != 0 && itself.st_ino == linked.st_ino) return;
  remove_existing(at);
  check("linkat", member.path, [&] {
    return ::linkat(parent->get(), name.c_str(), at.parent, at.name.c_str(), 0);
  });
}

// Removes what an earlier member created under this name, with all files in it.
void extractor::remove_existing(const location& at) {
  const struct stat existing = stat_at(at.parent, at.name);
  if (existing.st_mode == 0) return;
  if (S_ISDIR(existing.st_mode))
    sys::remove_tree(sys::quiet, path_in(at.parent, at.name));
  else
    check("unlinkat", at.name, [&] { return ::unlinkat(at.parent, at.name.c_str(), 0); });
}

}  // namespace zoomin::image
