// SPDX-License-Identifier: MIT
// volume: directories that outlive containers, below root_directory()/volumes.
//
//   <name>/            volume.json (name, creation time, labels), data/ (the directory
//                      that containers see), fresh (present until content is copied
//                      into the volume), filling (present while that is done)
//   .making            a volume that is being made by the process that locks
//                      .making.lock. rename(2) gives it its name.
//   .removing-XXXXXX   a volume that is being removed
//
// hold() prevents the removal of volumes while a container that uses them is made.
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

// Throws usage_error unless the name has 1 to 255 characters of [A-Za-z0-9_.-] and begins
// with a letter or digit.
void validate_name(const std::string& name);

// Takes the shared lock that prevents the removal of volumes.
[[nodiscard]] unique_fd hold();

// Makes a volume. Returns false if a volume of that name exists. Call it under hold().
bool make(const volume& volume);

// Returns the volumes. `on_damage` is called for each whose file can't be read; the other
// volumes are returned.
std::vector<volume> list(const std::function<void(const usage_error&)>& on_damage = {});
// Finds a volume by its name. Throws usage_error, "No such volume: X". Its files are in
// data_of(name).
volume find(const std::string& name);
std::string data_of(const std::string& name);

// Removes those of `names` that `used` doesn't return, and returns the names of the
// removed volumes. `used` is called while no container can start to use a volume.
std::vector<std::string> remove(const std::vector<std::string>& names,
                                const std::function<std::set<std::string>()>& used);

// Fills a fresh, empty volume with a copy of `directory`, a descriptor in a root that may
// be hostile, with owners and modes. If several processes do so, the first one fills it.
void fill(const std::string& name, int directory);

}  // namespace zoomin::volume
