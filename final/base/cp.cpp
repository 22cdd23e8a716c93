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

namespace zoomin::files {

namespace {

// A name in a directory that is held open; "." is the directory itself.
struct entry {
  unique_fd directory;
  std::string name;
  std::optional<mode_t> mode{};  // empty where it isn't there

  [[nodiscard]] bool is_directory() const { return mode && S_ISDIR(*mode); }
};

constexpr int most_links = 40;  // as the kernel's own, path_resolution(7)

// "/a/b" -> "/a/", "b".
std::pair<std::string, std::string> split(const std::string& path) {
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

entry itself(int root, const std::string& path) {
  entry one{open_directory(root, path), "."};
  one.mode = mode_of(one);
  return one;
}

// The last name isn't followed by the kernel: where it is a link, the path that it stands
// for is resolved anew, with the same root.
entry resolve(const side& at, bool follow) {
  std::string path = at.path;
  for (int links = 0; links < most_links; ++links) {
    const auto [parent, name] = split(path);
    if (name.empty() || name == "." || name == "..") return itself(at.root, path);
    entry one{open_directory(at.root, parent), name};
    one.mode = mode_of(one);
    if (!follow || !one.mode || !S_ISLNK(*one.mode)) return one;
    const auto link = sys::read_link_at(one.directory.get(), name).value_or("");
    path = link.starts_with('/') ? link : parent + link;
  }
  throw sys::error(ELOOP, "openat2", at.path);
}

// What it is called where it comes into a directory; empty: only what it holds does.
std::string own_name(std::string_view path) {
  if (path.ends_with("/.")) return {};
  while (path.ends_with('/')) path.remove_suffix(1);
  path.remove_prefix(path.rfind('/') + 1);
  return path == ".." ? std::string() : std::string(path);
}

void copy_into(const entry& from, int to, const std::string& as, const side& source,
               owners whose) {
  if (from.name != ".")
    return copy_entry(from.directory.get(), from.name, to, as, source.path, whose);
  sys::make_directory_at(sys::quiet, to, as, source.path, 0700);
  const auto made = open_directory(to, as);
  copy_contents(from.directory.get(), made.get(), source.path, whose);
  copy_directory_itself(from.directory.get(), made.get(), source.path, whose);
}

void copy_into_directory(const entry& from, const entry& directory, const side& source,
                         owners whose) {
  const auto to = sys::open_in_root(directory.directory.get(), directory.name,
                                    O_RDONLY | O_DIRECTORY);
  const std::string name = own_name(source.path);
  if (!name.empty()) return copy_into(from, to.get(), name, source, whose);
  const auto held =
      sys::open_in_root(from.directory.get(), from.name, O_RDONLY | O_DIRECTORY);
  copy_contents(held.get(), to.get(), source.path, whose);
}

// Resolves a path. If nothing is there the error has docker(1)'s words.
entry resolve_or_tell(const side& at, bool follow) try {
  return resolve(at, follow);
} catch (const sys::error& failure) {
  if (failure.number() != ENOENT || at.container.empty()) throw;
  throw usage_error(
      fmt::format("Could not find the file {} in container {}", at.path, at.container));
}

entry resolve_source(const side& from, bool follow) {
  entry source = resolve_or_tell(from, follow);
  if (source.mode) return source;
  if (from.container.empty()) throw sys::error(ENOENT, "openat2", from.path);
  throw usage_error(fmt::format("Could not find the file {} in container {}", from.path,
                                from.container));
}

}  // namespace

void cp(const side& from, const side& to, bool follow, owners whose) {
  const entry source = resolve_source(from, follow);
  side wanted = to;
  if (source.is_directory())  // one that is made may be written with a slash
    while (wanted.path.size() > 1 && wanted.path.ends_with('/')) wanted.path.pop_back();
  const entry target = resolve_or_tell(wanted, true);
  if (target.is_directory()) return copy_into_directory(source, target, from, whose);
  if (target.mode && source.is_directory())
    throw usage_error(
        fmt::format("{} is a directory, and {} is not", from.path, to.path));
  copy_into(source, target.directory.get(), target.name, from, whose);
}

}  // namespace zoomin::files
