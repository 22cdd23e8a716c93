// SPDX-License-Identifier: MIT
// extract: a directory that is filled with what an archive tells, and never led outside.
//
// Each parent directory is resolved by the kernel with the tree as its root, openat2(2)
// RESOLVE_IN_ROOT and NO_MAGICLINKS; the last name is then used as it is, through the
// parent's descriptor, without following it. So a symbolic link of the archive's can lead
// to another place in the tree, and nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/fd.hpp"
#include "image/archive/tar_reader.hpp"

namespace zoomin::image {

// Tells whether an archive may set this extended attribute; "trusted." would be the
// overlay's own marks.
bool is_portable_xattr(const std::string& name);

class extractor {
 public:
  // The directory must be empty, and nobody else's.
  // `has_marks`: ".wh.NAME" hides a layer's file, as in an image.
  explicit extractor(const std::string& directory, bool has_marks = true);

  // Makes what the archive tells of; `reader` gives a file's data. Later members replace
  // earlier ones. Throws usage_error where `one` can't be meant: '..' in its name, a hard
  // link to nowhere, a place deeper than 500 directories.
  void add(const member& member, tar_reader& reader);
  // Once all is there: directories get the times that writing into them changed.
  void finish();
  // Returns the directories that exist only because a member lies in them: the archive
  // tells no owner or mode of them. A parent comes before its children.
  [[nodiscard]] const std::set<std::string>& implied() const { return implied_; }
  // Of all files' data.
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }

 private:
  struct place {
    int parent;  // borrowed, until the next place
    std::string name;
  };
  struct times {
    std::string path;
    std::int64_t mtime;
    long mtime_ns;
  };
  place place_of(const std::string& path);
  int parent_at(const std::string& path);
  unique_fd make_parents(const std::string& path);
  bool add_mark(const place& at);
  void white_out(const place& at);
  void add_root(const member& member);
  void make(const member& member, const place& at, tar_reader& reader);
  void make_file(const member& member, const place& at, tar_reader& reader);
  void make_link(const member& member, const place& at);
  void make_directory(const place& at);
  void clear(const place& at);

  unique_fd root_;
  std::size_t root_depth_;
  bool has_marks_;
  // The parent that is open, since members come in order. It is always that of the last
  // member, so that what a member replaces is never what is open.
  std::string open_path_;
  unique_fd open_parent_;
  std::vector<times> directories_;
  std::set<std::string> implied_;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace zoomin::image
