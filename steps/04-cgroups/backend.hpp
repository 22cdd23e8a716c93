// SPDX-License-Identifier: MIT
// backend: what cgroup version 1 and 2 do differently; the rest is in cgroup.cpp.
#pragma once

#include <string>
#include <vector>

#include "04-cgroups/cgroup.hpp"

namespace zoomin::cgroup {

struct version {
  virtual ~version() = default;

  // Fills in at.controllers: what can be limited below at.parent, and of what is in it
  // already what is there.
  virtual void survey(place& at) const = 0;
  // The same of a parent that isn't the root: those above it may have more to hand down.
  // `also`: controllers beyond those for limits.
  virtual void reach(place& /*at*/, const std::set<std::string>& /*also*/) const {}
  // What must be done before at.ours() is made, before a group is made in that, and to
  // the new group.
  virtual void prepare_parent(place& at) const = 0;
  virtual void prepare_ours(place& at) const = 0;
  virtual void prepare(const place& at) const = 0;

  virtual void limit(const std::vector<place>& places, const limits& wanted) const = 0;
  [[nodiscard]] virtual usage read(const std::vector<place>& places) const = 0;
  [[nodiscard]] virtual events happened(const std::vector<place>& places) const = 0;

  virtual void freeze(const std::vector<place>& places, bool wanted) const = 0;
  // Whether a process is in the group or below; and SIGKILL to all of them, once.
  [[nodiscard]] virtual bool populated(const std::string& directory) const = 0;
  virtual void kill(const std::string& directory) const = 0;
};

const version& version_1();
const version& version_2();

inline const version& version_of(const place& at) {
  return at.version == 2 ? version_2() : version_1();
}

}  // namespace zoomin::cgroup
