// SPDX-License-Identifier: MIT
// changes: what a writable layer holds, told as what was added, changed and deleted.
//
// The kernel's marks in an upper directory (kernel documentation, "Overlay Filesystem"):
//   a character device 0/0           a whiteout: the name is deleted
//   xattr trusted.overlay.opaque=y   a directory that hides what is below it
// compare() is pure: it sees directories through a function, so that it is tested without
// a mount and without root.
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
  kind what = kind::other;
  bool opaque = false;  // a directory that hides those of its name below
};

// A directory's entries by name.
using lister = std::function<std::map<std::string, entry>(const std::string& directory)>;

// What is different through `upper` from the layers below (top first), in the order of a
// walk through the tree. A changed directory is listed where it is in `upper`, also
// where only something in it has changed.
std::vector<change> compare(const std::string& upper,
                            const std::vector<std::string>& lower, const lister& list);

// The entries of a directory on disk. Needs CAP_SYS_ADMIN for trusted.*, xattr(7). Throws
// sys::error.
std::map<std::string, entry> list_on_disk(const std::string& directory);

}  // namespace zoomin::overlay
