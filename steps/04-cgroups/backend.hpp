// SPDX-License-Identifier: MIT
// backend: the operations that differ between cgroup version 1 and 2. The code for both
// is in cgroup.cpp.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "04-cgroups/hierarchy.hpp"
#include "04-cgroups/limits.hpp"
#include "04-cgroups/usage.hpp"

namespace zoomin::cgroup {

struct backend {
  virtual ~backend() = default;

  // Sets at.controllers to those of the limit controllers, and of the extra controllers
  // in it, that are available below at.parent.
  virtual void detect_controllers(cgroup_dir& at) const = 0;
  // Enables controllers along the path from the root to at.parent, so that a nested
  // --cgroup-parent can use them: the limit controllers, and those in `also`.
  virtual void enable_ancestors(cgroup_dir& /*at*/,
                                const std::set<std::string>& /*also*/) const {}
  // These hooks run before at.ours() is made, before a group is made in it, and after
  // that.
  virtual void prepare_parent(cgroup_dir& at) const = 0;
  virtual void prepare_root(cgroup_dir& at) const = 0;
  virtual void prepare(const cgroup_dir& at) const = 0;

  virtual void limit(const std::vector<cgroup_dir>& dirs, const limits& limits) const = 0;
  [[nodiscard]] virtual usage read(const std::vector<cgroup_dir>& dirs) const = 0;
  [[nodiscard]] virtual events read_events(const std::vector<cgroup_dir>& dirs) const = 0;

  virtual void freeze(const std::vector<cgroup_dir>& dirs, bool frozen) const = 0;
  // Returns whether there are processes in the group or below; sends SIGKILL to all of
  // them, once.
  [[nodiscard]] virtual bool populated(const std::string& directory) const = 0;
  virtual void kill(const std::string& directory) const = 0;
};

const backend& version_1();
const backend& version_2();

inline const backend& version_of(const cgroup_dir& at) {
  return at.version == 2 ? version_2() : version_1();
}

}  // namespace zoomin::cgroup
