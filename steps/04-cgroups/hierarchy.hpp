// SPDX-License-Identifier: MIT
// hierarchy: finds the mounted cgroup hierarchies, and the directories of a group in
// them.
//
// Version 2 has one tree with all controllers. In version 1 each controller, or a few
// together, has its own tree: cgroups(7). A "hybrid" system uses version 1, and also has
// a version 2 tree without controllers.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::cgroup {

struct hierarchy {
  int version = 2;
  std::string mount_point;            // "/sys/fs/cgroup", "/sys/fs/cgroup/memory"
  std::set<std::string> controllers;  // of version 1
};

// Returns the hierarchies in use: the version 2 tree, or the version 1 trees with a limit
// controller or one in `also`. Throws usage_error if there are none.
std::vector<hierarchy> hierarchies(const std::set<std::string>& also = {});
// Returns whether a group needs a directory in a hierarchy with these controllers. One
// with cpuset alone isn't needed without a limit for it.
bool is_used(const std::set<std::string>& controllers, bool needs_cpuset);
// Returns all writable hierarchies, also those without controllers ("name=systemd", and
// version 2 on a hybrid system).
std::vector<hierarchy> all_hierarchies();

// A group's directory in one hierarchy.
struct cgroup_dir {
  int version = 2;
  std::string parent;                 // "/sys/fs/cgroup"
  std::string directory;              // "/sys/fs/cgroup/zoomin/NAME"
  std::set<std::string> controllers;  // the available ones
  std::string refusal;                // why others aren't available
  unique_fd fd;                       // the directory
  bool owned = false;                 // locked by this process

  [[nodiscard]] std::string zoomin_group() const { return parent + "/zoomin"; }
  [[nodiscard]] std::string file(const std::string& name) const {
    return directory + "/" + name;
  }
  // Returns the controllers of this tree of version 1, "cpu,cpuacct"; version 2 has one
  // tree, and this is empty.
  [[nodiscard]] std::string tree() const;
};

// Returns which of the limit controllers, and of those in `also`, a group of version 2
// can enable for its children.
std::set<std::string> available_below(const std::string& group,
                                      const std::set<std::string>& also);

// Throws usage_error if the path leads out of the hierarchy.
void validate_parent(const std::string& parent);
// Returns the directory of the group zoomin/NAME below `parent` in each hierarchy in use
// in which the parent exists, whether or not the group does.
std::vector<cgroup_dir> existing_dirs(const std::string& parent, const std::string& name,
                                      const std::set<std::string>& also = {});
// Does the same as existing_dirs(), but throws usage_error if there are none.
std::vector<cgroup_dir> dirs_below(const std::string& parent, const std::string& name,
                                   const std::set<std::string>& also = {});

// Returns the directory in the hierarchy of `controller`, or null if there is none.
const cgroup_dir* find(const std::vector<cgroup_dir>& dirs,
                       const std::string& controller);
// Returns the directory in the hierarchy of `controller`. Throws usage_error, which names
// `option`, if there is none.
const cgroup_dir& require(const std::vector<cgroup_dir>& dirs,
                          const std::string& controller, const std::string& option);

// Throws usage_error if the hierarchy can't be reached by its path, for example because
// another file system is mounted over /sys: then there is no point in trying again.
void require_reachable(const cgroup_dir& at);

}  // namespace zoomin::cgroup
