// SPDX-License-Identifier: MIT
// copy: adds the files of COPY and ADD to an image. Dockerfile reference, "COPY".
//
// A copy is planned first: its sources are looked up, and their digest becomes part of
// the step's cache key. The files are copied only if the cache lacks the step.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "build/dockerfile.hpp"
#include "build/tree.hpp"

namespace zoomin::build {

struct copy_request {
  std::vector<std::string> sources{};
  std::vector<std::string> urls{};        // sources to download
  std::vector<std::string> downloaded{};  // the downloaded files on the host
  std::string destination{};     // absolute; a '/' at the end stands for a directory
  std::vector<heredoc> files{};  // heredocs, as further sources
  std::string owner{};           // --chown
  std::string mode{};            // --chmod
  std::vector<std::string> excludes{};
  std::string checksum{};  // "sha256:…" of the only source
  bool parents = false;    // keeps the sources' directories
  bool unpacks = false;    // ADD: unpacks archives
  bool unpacks_downloads = false;
};

// Makes a directory and its missing parents in a root file system, owned by root.
void make_target_directory(int root, const std::string& path);

class copy_plan {
 public:
  // Throws usage_error if a source doesn't exist.
  copy_plan(source from, copy_request request);

  // Returns the digest of the files to copy: their names, types, modes and contents, and
  // their owners if the copy keeps them. Times don't count.
  [[nodiscard]] std::string digest() const;
  // Copies the files into a root file system. `scratch` is an empty private directory.
  // Throws usage_error, sys::error.
  void apply(int root, const std::string& scratch) const;

 private:
  void add_downloads();
  [[nodiscard]] bool is_unpacked(const selected& top, int file) const;
  [[nodiscard]] walk_rules rules_for(const selected& top) const;
  void require_checksum() const;

  source from_;
  copy_request request_;
  ignore_rules excludes_;
  std::vector<selected> sources_;
};

}  // namespace zoomin::build
