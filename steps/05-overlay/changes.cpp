// SPDX-License-Identifier: MIT
#include "05-overlay/changes.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "common/narration.hpp"
#include "common/sys.hpp"

namespace zoomin::overlay {

namespace {

using entries = std::map<std::string, entry>;

// A merged directory: the directories that it consists of, top first, and their entries.
struct merged {
  std::vector<std::string> paths;
  std::vector<entries> held;
};

merged merge(std::vector<std::string> paths, const lister& list) {
  merged result{std::move(paths), {}};
  for (const auto& path : result.paths) result.held.push_back(list(path));
  return result;
}

// The result of a lookup in a merged directory: the entry of the topmost layer. If that
// is a directory, it is merged with those below, down to an opaque one or to another
// kind.
struct lookup {
  std::optional<kind> type;
  std::vector<std::string> directories;
};

lookup look_up(const merged& in, const std::string& name) {
  lookup result;
  for (std::size_t i = 0; i < in.paths.size(); ++i) {
    const auto at = in.held[i].find(name);
    if (at == in.held[i].end()) continue;
    if (at->second.type != kind::directory) {
      if (!result.type && at->second.type == kind::other) result.type = kind::other;
      return result;
    }
    result.type = kind::directory;
    result.directories.push_back(in.paths[i] + "/" + name);
    if (at->second.opaque) return result;
  }
  return result;
}

class walk {
 public:
  explicit walk(const lister& list) : list_(list) {}

  // Compares a directory; `path` is its path in the container, "" for the root.
  void directory(const std::string& upper, const merged& below, const std::string& path) {
    for (const auto& [name, entry] : list_(upper))
      compare_entry(upper + "/" + name, entry, below, name, path + "/" + name);
  }

  std::vector<change> changes;

 private:
  void compare_entry(const std::string& upper, const entry& entry, const merged& below,
                     const std::string& name, const std::string& path) {
    // Task 5.2 begins.
    const auto before = look_up(below, name);
    if (entry.type == kind::whiteout) {
      if (before.type) changes.push_back({'D', path});
      return;
    }
    changes.push_back({before.type ? 'C' : 'A', path});
    if (entry.type != kind::directory) return;
    const merged old = merge(before.directories, list_);
    if (entry.opaque) add_hidden(upper, old, path);
    directory(upper, old, path);
    // Task 5.2 ends.
  }

  // An opaque directory hides the directory below, so names that it lacks are deleted.
  void add_hidden(const std::string& upper, const merged& old, const std::string& path) {
    const auto kept = list_(upper);
    std::map<std::string, entry> names;
    for (const auto& held : old.held) names.insert(held.begin(), held.end());
    for (const auto& [name, ignored] : names)
      if (!kept.contains(name) && look_up(old, name).type)
        changes.push_back({'D', path + "/" + name});
  }

  const lister& list_;
};

bool is_opaque(const std::string& directory) {
  // Task 5.2 begins.
  char value = 0;
  return ::lgetxattr(directory.c_str(), "trusted.overlay.opaque", &value, 1) == 1 &&
         value == 'y';
  // Task 5.2 ends.
}

}  // namespace

std::vector<change> compare(const std::string& upper,
                            const std::vector<std::string>& lower, const lister& list) {
  walk result(list);
  result.directory(upper, merge(lower, list), "");
  return std::move(result.changes);
}

// Warns once if a directory is too deep for a path, and leaves out its entries.
std::map<std::string, entry> list_on_disk(const std::string& directory) try {
  std::map<std::string, entry> result;
  for (const auto& name : sys::list_directory(directory)) {
    const std::string path = directory + "/" + name;
    struct stat info {};
    if (::lstat(path.c_str(), &info) == -1) {
      if (errno == ENOENT) continue;  // a running container has just removed it
      throw sys::error(errno, "lstat", path);
    }
    // Task 5.2 begins.
    if (S_ISDIR(info.st_mode))
      result[name] = {kind::directory, is_opaque(path)};
    else if (S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0))
      result[name] = {kind::whiteout, false};
    else
      result[name] = {};
    // Task 5.2 ends.
  }
  return result;
} catch (const sys::error& failure) {
  if (failure.number() == ENOENT) return {};  // it has just been removed
  if (failure.number() != ENAMETOOLONG) throw;
  static bool warned = false;
  if (!std::exchange(warned, true))
    narration::warn(
        "some directories are nested deeper than the longest path, 4,096 bytes; "
        "their contents aren't listed");
  return {};
}

}  // namespace zoomin::overlay
