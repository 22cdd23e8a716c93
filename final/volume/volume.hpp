// SPDX-License-Identifier: MIT
// volume: directories that outlive containers, below root_directory()/volumes.
//
//   <name>/            volume.json (name, since when, labels), data/ (what a container
//                      sees), fresh (as long as nothing was copied into it), filling
//                      (while its first content is copied)
//   .making            a volume that is being made: by one process at a time, the one
//                      that locks .making.lock. rename(2) gives it its name.
//   .removing-XXXXXX   a volume that is being removed
//
// hold() keeps volumes from being removed while a container that uses them is made.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/fd.hpp"

namespace zoomin::volume {

struct volume {
  std::string name;
  std::string created;  // RFC 3339
  std::map<std::string, std::string> labels{};
  bool anonymous = false;
};

// 1 to 255 of [A-Za-z0-9_.-], a letter or digit first; throws usage_error.
void validate_name(const std::string& name);

[[nodiscard]] unique_fd hold();

// Makes it where it isn't there yet; false where it was. Call under hold().
bool make(const volume& wanted);

// Returns the volumes. `on_damage` is called for each whose file can't be read as one;
// such a file hides no other volume.
std::vector<volume> all(const std::function<void(const usage_error&)>& on_damage = {});
// By name. Throws usage_error where there is none.
volume find(const std::string& name);
std::string data_of(const std::string& name);

// Removes those of `names` that `used` doesn't have, which is asked while none can be
// used anew; gives what was removed.
std::vector<std::string> remove(const std::vector<std::string>& names,
                                const std::function<std::set<std::string>()>& used);

// An empty one gets what `directory` (of a root that may be hostile: a descriptor of it)
// has, with owners and modes, and the directory's own. One process at a time.
void fill(const std::string& name, int directory);

}  // namespace zoomin::volume
