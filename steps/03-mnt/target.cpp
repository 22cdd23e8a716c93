// SPDX-License-Identifier: MIT
#include "03-mnt/target.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>

#include "common/sys.hpp"

namespace zoomin::mnt {

using namespace sys;

namespace {

// Limits the missing directories and the links that open_step() follows.
constexpr int max_steps = 256;

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Makes an empty directory or file. Returns false if the name exists.
bool make(int above, const std::string& path, bool directory) try {
  if (directory)
    return make_directory_at({"mountpoint"_id, "a mount point", path}, above,
                             name_of(path), parent_of(path));
  return make_file_at(above, name_of(path), parent_of(path));
} catch (const error& failure) {
  throw error(failure.number(), failure.call(), path,
              "a mount point is missing: make it in the root file system, empty");
}

std::uint64_t mount_number(int fd) {
  struct statx found {};
  check("statx", "mount",
        [&] { return ::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &found); });
  return found.stx_mnt_id;
}

unique_fd open_step(int root, const std::string& path, bool directory, int steps) {
  if (auto found = find(root, path)) return std::move(*found);
  if (steps == max_steps) throw error(ELOOP, "openat2", path);
  const unique_fd above = open_step(root, parent_of(path), true, steps + 1);
  if (make(above.get(), path, directory)) return open_in_root(root, path, O_PATH);
  // For a dangling link, its target is made.
  if (const auto link = read_link_at(above.get(), name_of(path))) {
    const bool absolute = link->starts_with('/');
    return open_step(
        root, without_trailing_slashes(absolute ? *link : parent_of(path) + "/" + *link),
        directory, steps + 1);
  }
  // The name exists now: another container may have made it meanwhile, or it is "a/.."
  // and a was made.
  return open_in_root(root, path, O_PATH);
}

}  // namespace

std::optional<unique_fd> find(int root, const std::string& path) try {
  return find_in_root(root, path, O_PATH);
} catch (const error& failure) {
  if (failure.number() == ELOOP)
    throw error(ELOOP, failure.call(), path,
                "its symbolic links form a loop, or lead through /proc; see `ls -l`");
  if (failure.number() == EAGAIN)
    throw error(EAGAIN, failure.call(), path,
                "another process keeps renaming files there");
  throw;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

unique_fd open_target(int root, const std::string& path, bool directory) {
  return open_step(root, without_trailing_slashes(path), directory, 0);
}

unique_fd open_kernel_target(int root, const std::string& path) try {
  constexpr std::uint64_t flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
  const std::string name = path.substr(1);
  if (auto found = find_in_root(root, name, flags)) return std::move(*found);
  make(root, path, true);
  return open_in_root(root, name, flags);
} catch (const error& failure) {
  if (failure.number() != ENOTDIR) throw;
  throw error(ENOTDIR, failure.call(), path,
              "it is a link or a file in the root file system; make it a directory");
}

bool leads_down(const std::string& path) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const auto part = std::string_view(path).substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

unique_fd open_mounted(int root, const std::string& path) {
  unique_fd directory = open_in_root(root, path, O_RDONLY | O_DIRECTORY);
  if (mount_number(directory.get()) == mount_number(root))
    throw error(EXDEV, "openat2", path, "it isn't the expected mount");
  return directory;
}

}  // namespace zoomin::mnt
