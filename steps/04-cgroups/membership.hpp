// SPDX-License-Identifier: MIT
// membership: a group that any number of processes share, none of which owns it.
//
// For the processes that look after containers: in a group of their own they outlive the
// service or the login in which they were started, which a service manager ends by its
// cgroup. So it is zoomin/NAME in the hierarchies by which systemd knows its services:
// that of version 2, also where it is empty (a hybrid), and version 1's "name=systemd".
//
// A member is born there where that is possible, since a process that moves waits for an
// RCU grace period, with the lock that each mkdir in these file systems needs.
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
#include "common/fd.hpp"

namespace zoomin::cgroup {

class joined_group {
 public:
  // Looks where this process is now, and joins nothing yet. Throws sys::error.
  explicit joined_group(const std::string& name);
  joined_group(joined_group&& other) noexcept
      : owner_(other.owner_), born_(other.born_), stays_(std::move(other.stays_)) {
    other.stays_.clear();
  }
  joined_group(const joined_group&) = delete;
  joined_group& operator=(const joined_group&) = delete;
  joined_group& operator=(joined_group&&) = delete;
  ~joined_group();  // as leave(), in the process that joined; never throws

  // Forks as fork(2) does. The child is born in the group where that has version 2, and
  // is to join().
  pid_t fork(unique_fd* pidfd);
  // Moves this process in wherever it wasn't born; makes the group where it isn't there.
  // Children are born into it. Needs root. Throws sys::error.
  void join();
  // Goes back to where this process came from (the root of a hierarchy in which that is
  // gone), and removes the group where nobody else is in it; in version 2 both happen
  // when this process ends. Where neither place takes it, it stays, and the group with
  // it. Call it last, without children in the group.
  void leave();
  // Returns "/sys/fs/cgroup/zoomin/NAME", in each of these hierarchies.
  [[nodiscard]] std::vector<std::string> directories() const;

 private:
  struct stay {
    cgroup_dir at;
    std::string origin;  // the directory of the group it came from
  };

  pid_t owner_ = -1;
  bool born_ = false;
  std::vector<stay> stays_;
};

}  // namespace zoomin::cgroup
