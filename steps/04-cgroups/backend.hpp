// SPDX-License-Identifier: MIT
// backend: what cgroup version 1 and 2 do differently; the rest is in cgroup.cpp.
#pragma once

#include <string>
#include <vector>

#include "04-cgroups/cgroup.hpp"

namespace zoomin::cgroup {

struct backend {
  virtual ~backend() = default;

  // Fills in at.controllers: what can be limited below at.parent, and of what is in it
  // already what is there.
  virtual void detect_controllers(cgroup_dir& at) const = 0;
  // The same of a parent that isn't the root: those above it may have more to hand down.
  // `also`: controllers beyond those for limits.
  virtual void enable_ancestors(cgroup_dir& /*at*/,
                                const std::set<std::string>& /*also*/) const {}
  // What must be done before at.ours() is made, before a group is made in that, and to
  // the new group.
  virtual void prepare_parent(cgroup_dir& at) const = 0;
  virtual void prepare_root(cgroup_dir& at) const = 0;
  virtual void prepare(const cgroup_dir& at) const = 0;

  virtual void limit(const std::vector<cgroup_dir>& places,
                     const limits& wanted) const = 0;
  [[nodiscard]] virtual usage read(const std::vector<cgroup_dir>& places) const = 0;
  [[nodiscard]] virtual events read_events(
      const std::vector<cgroup_dir>& places) const = 0;

  virtual void freeze(const std::vector<cgroup_dir>& places, bool wanted) const = 0;
  // Whether a process is in the group or below; and SIGKILL to all of them, once.
  [[nodiscard]] virtual bool populated(const std::string& directory) const = 0;
  virtual void kill(const std::string& directory) const = 0;
};

const backend& version_1();
const backend& version_2();

inline const backend& version_of(const cgroup_dir& at) {
  return at.version == 2 ? version_2() : version_1();
}

}  // namespace zoomin::cgroup
