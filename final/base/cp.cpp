// SPDX-License-Identifier: MIT
#include "base/cp.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <string_view>

#include "common/error.hpp"
#include "common/fd.hpp"
#include "common/sys.hpp"

namespace zoomin::base {

namespace {

// Holds an entry of an open directory. The name "." stands for the directory itself.
struct entry {
  unique_fd directory;
  std::string name;
  std::optional<mode_t> mode{};  // empty if it doesn't exist

  [[nodiscard]] bool is_directory() const { return mode && S_ISDIR(*mode); }
};

constexpr int max_links = 40;  // the kernel's own limit, path_resolution(7)

// "/a/b" -> "/a/", "b".
std::pair<std::string, std::string> split_path(const std::string& path) {
  const auto slash = path.rfind('/');
  return {path.substr(0, slash + 1), path.substr(slash + 1)};
}

unique_fd open_directory(int root, const std::string& path) {
  return sys::open_in_root(root, path, O_RDONLY | O_DIRECTORY);
}

std::optional<mode_t> mode_of(const entry& entry) {
  struct stat info {};
  if (::fstatat(entry.directory.get(), entry.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) ==
      0)
    return info.st_mode;
  if (errno != ENOENT) throw sys::error(errno, "fstatat", entry.name);
  return std::nullopt;
}

entry directory_entry(int root, const std::string& path) {
  entry found{open_directory(root, path), "."};
  found.mode = mode_of(found);
  return found;
}

// Resolves a path. The kernel resolves all but the last name. If that is a symbolic link
// to follow, its target is resolved in the same root.
entry resolve(const side& at, bool follow) {
  std::string path = at.path;
  for (int links = 0; links < max_links; ++links) {
    const auto [parent, name] = split_path(path);
    if (name.empty() || name == "." || name == "..")
      return directory_entry(at.root, path);
    entry found{open_directory(at.root, parent), name};
    found.mode = mode_of(found);
    if (!follow || !found.mode || !S_ISLNK(*found.mode)) return found;
    const auto link = sys::read_link_at(found.directory.get(), name).value_or("");
    path = link.starts_with('/') ? link : parent + link;
  }
  throw sys::error(ELOOP, "openat2", at.path);
}

// Returns the name under which the source is copied into an existing directory; empty for
// "DIR/.", which copies only the contents.
std::string own_name(std::string_view path) {
  if (path.ends_with("/.")) return {};
  while (path.ends_with('/')) path.remove_suffix(1);
  path.remove_prefix(path.rfind('/') + 1);
  return path == ".." ? std::string() : std::string(path);
}

void copy_into(const entry& from, int to, const std::string& as, const side& source,
               owners ownership) {
  if (from.name != ".")
    return copy_entry(from.directory.get(), from.name, to, as, source.path, ownership);
  sys::make_directory_at(sys::quiet, to, as, source.path, 0700);
  const auto made = open_directory(to, as);
  copy_contents(from.directory.get(), made.get(), source.path, ownership);
  copy_directory_itself(from.directory.get(), made.get(), source.path, ownership);
}

void copy_into_directory(const entry& from, const entry& directory, const side& source,
                         owners ownership) {
  const auto to = sys::open_in_root(directory.directory.get(), directory.name,
                                    O_RDONLY | O_DIRECTORY);
  const std::string name = own_name(source.path);
  if (!name.empty()) return copy_into(from, to.get(), name, source, ownership);
  const auto contents =
      sys::open_in_root(from.directory.get(), from.name, O_RDONLY | O_DIRECTORY);
  copy_contents(contents.get(), to.get(), source.path, ownership);
}

// Resolves a path. The error for a missing file of a container has docker(1)'s wording.
entry resolve_or_explain(const side& at, bool follow) try {
  return resolve(at, follow);
} catch (const sys::error& failure) {
  if (failure.number() != ENOENT || at.container.empty()) throw;
  throw usage_error(
      fmt::format("Could not find the file {} in container {}", at.path, at.container));
}

entry resolve_source(const side& from, bool follow) {
  entry source = resolve_or_explain(from, follow);
  if (source.mode) return source;
  if (from.container.empty()) throw sys::error(ENOENT, "openat2", from.path);
  throw usage_error(fmt::format("Could not find the file {} in container {}", from.path,
                                from.container));
}

}  // namespace

void cp(const side& from, const side& to, bool follow, owners ownership) {
  const entry source = resolve_source(from, follow);
  side target_side = to;
  std::string& path = target_side.path;
  if (source.is_directory())  // a new directory may be written with a slash at the end
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const entry target = resolve_or_explain(target_side, true);
  if (target.is_directory()) return copy_into_directory(source, target, from, ownership);
  if (target.mode && source.is_directory())
    throw usage_error(
        fmt::format("{} is a directory, but {} is not", from.path, to.path));
  copy_into(source, target.directory.get(), target.name, from, ownership);
}

}  // namespace zoomin::base
