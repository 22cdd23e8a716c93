// SPDX-License-Identifier: MIT
#include "build/tree.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/descent.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::build {

namespace {

constexpr std::size_t max_depth = 500;

struct stat status_of(int file, const std::string& path) {
  struct stat info {};
  sys::check("fstatat", path, [&] { return ::fstatat(file, "", &info, AT_EMPTY_PATH); });
  return info;
}

std::string joined(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

std::vector<std::string> names_in(int directory, const std::string& path) {
  const unique_fd listed(sys::check("openat", path, [&] {
    return ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }));
  std::vector<std::string> names;
  sys::for_each_name(listed.get(),
                     [&](const char* name, unsigned char) { names.emplace_back(name); });
  std::ranges::sort(names);
  return names;
}

bool is_pattern(const std::string& part) {
  return part.find_first_of("*?[\\") != std::string::npos;
}

// Collects the paths that match the parts of a pattern.
class matcher {
 public:
  explicit matcher(const source& from) : from_(from) {}

  void match(const std::string& path, std::span<const std::string> parts) {
    if (parts.empty()) return add(path);
    if (!is_pattern(parts[0])) return match(joined(path, parts[0]), parts.subspan(1));
    const auto directory = find(path, O_RDONLY | O_DIRECTORY);
    if (!directory) return;
    for (const auto& name : names_in(directory->get(), path))
      if (matches_name(parts[0], name)) match(joined(path, name), parts.subspan(1));
  }

  std::vector<selected> found;
  bool was_ignored = false;

 private:
  void add(const std::string& path) {
    auto file = find(path, O_PATH);
    if (!file) return;
    struct stat info = status_of(file->get(), path);
    const bool hidden = from_.ignored != nullptr && from_.ignored->excludes(path);
    const bool descends =
        hidden && S_ISDIR(info.st_mode) && from_.ignored->has_exceptions();
    was_ignored = was_ignored || hidden;
    if (!hidden || descends) found.push_back({path, std::move(*file), info});
  }

  [[nodiscard]] std::optional<unique_fd> find(const std::string& path,
                                              std::uint64_t flags) const try {
    return sys::find_in_root(from_.root, path.empty() ? "." : path, flags);
  } catch (const sys::error& failure) {
    if (failure.number() == ENOTDIR) return std::nullopt;
    throw;
  }

  const source& from_;
};

// Walks a tree. An excluded directory that may contain included files is entered at the
// first of these.
class walker {
 public:
  walker(const walk_rules& rules, tree_visitor& visitor)
      : rules_(rules), visitor_(visitor) {}

  void directory(unique_fd opened, const std::string& path, bool included) {
    if (levels_.size() > max_depth)
      throw usage_error(fmt::format("{}...: more than {} directories deep",
                                    path.substr(0, 60), max_depth));
    const struct stat info = status_of(opened.get(), path);
    levels_.push_back({opened.get(), path, info, false});
    if (included) enter_pending();
    for (const auto& name : names_in(opened.get(), path)) entry(opened.get(), path, name);
    if (levels_.back().entered) visitor_.leave(opened.get(), info);
    levels_.pop_back();
  }

 private:
  struct level {
    int directory;
    std::string path;
    struct stat info;
    bool entered;
  };

  void enter_pending() {
    for (auto& each : levels_) {
      if (each.entered) continue;
      visitor_.enter(each.directory, each.path, each.info);
      each.entered = true;
    }
  }

  void entry(int parent, const std::string& parent_path, const std::string& name) {
    const std::string path = joined(parent_path, name);
    const bool included = !rules_.excludes(path);
    if (!included && !rules_.may_include_in_excluded) return;
    struct stat info {};
    sys::check("fstatat", path, [&] {
      return ::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW);
    });
    if (S_ISDIR(info.st_mode)) {
      unique_fd below = sys::open_below(parent, name.c_str());
      if (!below) throw sys::error(errno, "openat", path);
      directory(std::move(below), path, included);
    } else if (included && !S_ISSOCK(info.st_mode)) {
      enter_pending();
      visitor_.visit(parent, name, path, info);
    }
  }

  const walk_rules& rules_;
  tree_visitor& visitor_;
  std::vector<level> levels_;
};

}  // namespace

std::vector<selected> select(const source& from, const std::string& pattern) {
  matcher matches(from);
  matches.match("", path_parts(pattern));
  if (!matches.found.empty()) return std::move(matches.found);
  if (matches.was_ignored)
    throw usage_error(fmt::format("\"{}\": excluded by .dockerignore", pattern),
                      "remove it from the file, or add an exception: !" + pattern);
  throw usage_error(failure_kind::not_found,
                    fmt::format("\"{}\": not found in {}", pattern, from.name));
}

void walk(int directory, const walk_rules& rules, tree_visitor& visitor) {
  unique_fd top(sys::check("openat", ".", [&] {
    return ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }));
  walker(rules, visitor).directory(std::move(top), "", true);
}

}  // namespace zoomin::build
