// SPDX-License-Identifier: MIT
// tree: reads the files that COPY, ADD and RUN --mount=type=bind take from a build
// context, a stage or an image, and never anything outside of it.
//
// A path is resolved with the source as its root, openat2(2) RESOLVE_IN_ROOT: a symbolic
// link in a context leads to another file of the context. Everything below a directory is
// reached by descriptors, and links in it are copied as links.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "build/ignore.hpp"
#include "common/fd.hpp"

namespace zoomin::build {

// Describes a tree from which files are copied.
struct source {
  int root;                               // a directory's descriptor
  std::string name;                       // for messages: "the build context"
  const ignore_rules* ignored = nullptr;  // .dockerignore
  bool keeps_owner = false;               // files of an image keep their owners
};

// Holds a file or directory that a pattern of COPY has selected.
struct selected {
  std::string path;  // in the source, without a '/' at the beginning; "": the root
  unique_fd file;    // O_PATH; a link at the end of the path is followed
  struct stat info {};
  std::string kept{};  // the part of the path that COPY --parents keeps
  bool is_download = false;
};

// Returns the files that a pattern selects, sorted by name. The pattern is a path, in
// which names may contain * ? [. Throws usage_error if nothing matches, or only ignored
// files do.
std::vector<selected> select(const source& from, const std::string& pattern);

// Handles the files of a tree, which walk() passes in the order of their names.
class tree_visitor {
 public:
  virtual ~tree_visitor() = default;
  // Each directory is entered before its entries are visited, and left afterwards. `path`
  // is relative to the top of the walk, "" for the top itself.
  virtual void enter(int directory, const std::string& path, const struct stat& info) = 0;
  virtual void leave(int directory, const struct stat& info) = 0;
  // Visits an entry that isn't a directory: `name` in the directory `parent`.
  virtual void visit(int parent, const std::string& name, const std::string& path,
                     const struct stat& info) = 0;
};

// Selects files of a walk. `excludes` is called with paths relative to the top.
struct walk_rules {
  std::function<bool(const std::string& path)> excludes;
  bool may_include_in_excluded = false;
};
void walk(int directory, const walk_rules& rules, tree_visitor& visitor);

}  // namespace zoomin::build
