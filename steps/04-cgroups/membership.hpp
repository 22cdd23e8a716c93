// SPDX-License-Identifier: MIT
// membership: a group that any number of processes share, none of which owns it.
//
// For the processes that look after containers: in a group of their own they outlive the
// service or the login in which they were started, which a service manager ends by its
// cgroup. So it is zoomin/NAME in every hierarchy that is mounted, also in those that
// limit nothing: systemd knows its services by "name=systemd" in version 1, by the empty
// tree of version 2 in a hybrid.
//
// Its directory has the sticky bit, as /tmp has: nobody owns it, so a search for groups
// whose owner was killed ends nothing in it. No lock: what has members can't be removed,
// rmdir(2) with EBUSY, and each that leaves tries. The last one's attempt succeeds; where
// all were killed, a sweep's does.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "04-cgroups/hierarchy.hpp"

namespace zoomin::cgroup {

class membership {
 public:
  membership(membership&& other) noexcept
      : owner_(other.owner_), stays_(std::move(other.stays_)) {
    other.stays_.clear();
  }
  membership(const membership&) = delete;
  membership& operator=(const membership&) = delete;
  membership& operator=(membership&&) = delete;
  ~membership();  // as leave(), in the process that joined; never throws

  // Goes back to where this process came from (the root of a hierarchy in which that is
  // gone), and removes the group where nobody else is in it. Where neither place takes
  // it, it stays, and the group with it. To be called last, without children in the
  // group.
  void leave();
  // "/sys/fs/cgroup/zoomin/NAME", in each hierarchy.
  [[nodiscard]] std::vector<std::string> directories() const;

 private:
  struct stay {
    place at;
    std::string origin;  // the directory of the group it came from
  };
  membership() = default;
  friend membership join(const std::string&);

  pid_t owner_ = -1;
  std::vector<stay> stays_;
};

// Moves this process into zoomin/NAME; makes that where it isn't there. Children are born
// into it. Needs root. Throws sys::error, usage_error where no cgroup file system is
// mounted.
[[nodiscard]] membership join(const std::string& name);

}  // namespace zoomin::cgroup
