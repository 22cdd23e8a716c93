// SPDX-License-Identifier: MIT
// hierarchy: where this machine has its cgroups, and how their files are read.
//
// Version 2 has one tree, with all controllers. In version 1 each controller, or a few
// together, has a tree of its own: cgroups(7). "Hybrid" is version 1 with an empty tree
// of version 2 beside it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "04-cgroups/limits.hpp"
#include "common/fd.hpp"

namespace zoomin::cgroup {

struct hierarchy {
  int version = 2;
  std::string mount_point;            // "/sys/fs/cgroup", "/sys/fs/cgroup/memory"
  std::set<std::string> controllers;  // of version 1
};

// Those that we use: one of version 2, or some of version 1: which limit or count, or
// have a controller in `also`. Throws usage_error where there is none.
std::vector<hierarchy> hierarchies(const std::set<std::string>& also = {});
// Whether a group with these limits has a directory there: not in one that does nothing
// but say which processors and memory nodes there are, where none were asked for.
bool is_used(const std::set<std::string>& controllers, const limits& wanted);
// All that can be written, "hybrid" ones and those without controllers ("name=systemd")
// too.
std::vector<hierarchy> all_hierarchies();

// A group's directory in one hierarchy.
struct cgroup_dir {
  int version = 2;
  std::string parent;                       // "/sys/fs/cgroup"
  std::string directory;                    // "/sys/fs/cgroup/zoomin/NAME"
  std::set<std::string> controllers;        // what can be limited and counted there
  std::string refusal;                      // why not more
  unique_fd fd;                             // the directory
  bool owned = false;                       // locked by us
  std::uint64_t ceiling_bytes = unlimited;  // of ours() where nothing is set

  [[nodiscard]] std::string ours() const { return parent + "/zoomin"; }
  [[nodiscard]] std::string file(const std::string& name) const {
    return directory + "/" + name;
  }
};

// The place whose hierarchy has `controller`; null where none has.
const cgroup_dir* find(const std::vector<cgroup_dir>& places,
                       const std::string& controller);
// The same, but throws usage_error: `option` needs it.
const cgroup_dir& require(const std::vector<cgroup_dir>& places,
                          const std::string& controller, const std::string& option);

// Throws usage_error where the hierarchy can't be reached by its path, as where another
// file system is mounted over /sys: then no repeated try helps.
void require_in_sight(const cgroup_dir& at);

// A file's one number; "max" is `unlimited`. Empty where the file isn't there.
std::optional<std::uint64_t> number_in(const std::string& path);
// The number behind `key` in a file of lines "key number"; 0 where it isn't there.
std::uint64_t number_in(const std::string& path, const std::string& key);
std::set<std::string> words_in(const std::string& path);
bool is_group(const std::string& directory);
bool has_groups(const std::string& directory);
// Those directly below it, by their paths.
std::vector<std::string> groups_in(const std::string& directory);
// In a group and below. Without those that this PID namespace doesn't have.
std::vector<pid_t> processes_in(const std::string& directory);

// Returns the processors that this process may use, sched_getaffinity(2).
std::set<unsigned> processors();

}  // namespace zoomin::cgroup
