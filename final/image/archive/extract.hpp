// SPDX-License-Identifier: MIT
// extract: extracts an archive into a directory, and never writes outside of it.
//
// The kernel resolves each parent directory with the target as its root, openat2(2)
// RESOLVE_IN_ROOT and NO_MAGICLINKS. The last name is then used through the parent's
// descriptor, without following it. So a symbolic link in the archive can only lead to
// another path in the target.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/fd.hpp"
#include "image/archive/tar_reader.hpp"

namespace zoomin::image {

// Returns true if an archive may set this extended attribute. It may not set "trusted."
// attributes, with which overlay marks its files.
bool is_portable_xattr(const std::string& name);

// Returns those attributes of a file that an archive may set, with their values, sorted
// by name. A symbolic link isn't followed.
std::vector<std::pair<std::string, std::string>> xattrs_of(const std::string& path);

class extractor {
 public:
  // The directory must be empty and private. If `has_marks`, a member ".wh.NAME" hides a
  // file of a lower layer, as in an image.
  explicit extractor(const std::string& directory, bool has_marks = true);

  // Creates the member's file, whose data is read from `reader`. Later members replace
  // earlier ones. Throws usage_error for an invalid member: '..' in its name, a hard link
  // to a missing file, or a path that is more than 500 directories deep.
  void add(const member& member, tar_reader& reader);
  // Sets the times of directories, which writing into them has changed. Call it after the
  // last member.
  void finish();
  // Returns the directories that the archive doesn't describe: they exist only as parents
  // of other members. A parent comes before its children.
  [[nodiscard]] const std::set<std::string>& implied() const { return implied_; }
  // Returns the size of all files.
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }

 private:
  struct location {
    int parent;  // borrowed; valid until the next location
    std::string name;
  };
  // The mode and owner that a file gets from open(2) alone in a directory.
  struct creation {
    mode_t mode;
    uid_t uid;
    gid_t gid;
    bool operator==(const creation&) const = default;
  };
  struct times {
    std::string path;
    std::int64_t mtime;
    long mtime_ns;
  };
  location location_of(const std::string& path);
  int parent_at(const std::string& path);
  unique_fd make_parents(const std::string& path);
  bool apply_mark(const location& at);
  void white_out(const location& at);
  void add_root(const member& member);
  void create_member(const member& member, const location& at, tar_reader& reader);
  void make_file(const member& member, const location& at, tar_reader& reader);
  unique_fd create(const location& at, mode_t mode);
  void set_owner_and_mode(int file, const member& member);
  void make_link(const member& member, const location& at);
  void make_directory(const location& at);
  void remove_existing(const location& at);

  unique_fd root_;
  std::size_t root_depth_;
  bool has_marks_;
  // The parent of the last member, kept open because the members of a directory follow
  // each other. A member never replaces it, since it is the parent of the last one.
  std::string open_path_;
  unique_fd open_parent_;
  std::optional<creation> last_creation_;  // of the last file in open_parent_
  std::vector<times> directories_;
  std::set<std::string> implied_;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace zoomin::image
