// SPDX-License-Identifier: MIT
// changes: lists the files that a writable layer adds, changes and deletes.
//
// The kernel's marks in an upper directory (kernel documentation, "Overlay Filesystem"):
//   a character device 0/0           a whiteout: the name is deleted
//   xattr trusted.overlay.opaque=y   an opaque directory: hides those below it
// compare() reads directories through a function, so that it can be tested without a
// mount and without root.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace zoomin::overlay {

struct change {
  char kind = 0;  // 'A' added, 'C' changed, 'D' deleted
  std::string path;
  bool operator==(const change&) const = default;
};

enum class kind { directory, other, whiteout };

struct entry {
  kind type = kind::other;
  bool opaque = false;  // a directory that hides those of the same name below
};

// A function that returns a directory's entries by name.
using lister = std::function<std::map<std::string, entry>(const std::string& directory)>;

// Returns the changes that `upper` makes to the layers below (top first), in the order of
// a walk through the tree. A directory in `upper` counts as changed even if only
// something in it has changed.
std::vector<change> compare(const std::string& upper,
                            const std::vector<std::string>& lower, const lister& list);

// Returns the entries of a directory on disk. Needs CAP_SYS_ADMIN for trusted.*,
// xattr(7). Throws sys::error.
std::map<std::string, entry> list_on_disk(const std::string& directory);

}  // namespace zoomin::overlay
