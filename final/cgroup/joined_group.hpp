// SPDX-License-Identifier: MIT
// joined_group: a group that several processes join, and that none of them owns.
//
// It is for the monitors of containers. A service manager ends a service, or a login, by
// its cgroup; a monitor in a group of its own isn't ended with it. The group is
// zoomin/NAME in the hierarchies by which systemd finds its services: version 2, also
// without controllers (a hybrid system), and version 1's "name=systemd".
//
// If possible, a process is started in the group, since a process that moves waits for an
// RCU grace period, with the lock that each mkdir in these file systems needs.
//
// The directory has the sticky bit, which marks it as shared, so that clean_up() ends no
// process in it. It needs no lock: rmdir(2) of a group with processes fails with EBUSY,
// and each process that leaves tries to remove it. The last one succeeds; if that was
// killed, clean_up() removes the group.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "04-cgroups/hierarchy.hpp"
#include "common/fd.hpp"

namespace zoomin::cgroup {

class joined_group {
 public:
  // Finds out which groups this process is in, and joins nothing yet. `v2_origin` is the
  // original group of a process that was started in the group of version 2, by fork(),
  // and has executed a program since. Throws sys::error.
  explicit joined_group(const std::string& name, const std::string& v2_origin = {});
  joined_group(joined_group&& other) noexcept
      : owner_(std::exchange(other.owner_, -1)),
        born_(other.born_),
        stays_(std::move(other.stays_)) {
    other.stays_.clear();
  }
  joined_group(const joined_group&) = delete;
  joined_group& operator=(const joined_group&) = delete;
  joined_group& operator=(joined_group&&) = delete;
  ~joined_group();  // calls leave() in the process that joined; never throws

  // Returns the directory of this process's original group in version 2; empty without
  // it.
  [[nodiscard]] std::string v2_origin() const;
  // Forks like fork(2). In version 2 the child starts in the group. It must call join().
  pid_t fork(unique_fd* pidfd);
  // Moves this process into the group, in each hierarchy in which it wasn't started
  // there, and makes the group if it doesn't exist. Children start in it. Needs root.
  // Throws sys::error.
  void join();
  // Moves this process back to its original group (or to the root if that is gone), and
  // removes the group if it is empty; in version 2 the end of the process does so. If it
  // can't be moved, it stays, and so does the group. Call it last, without children in
  // the group.
  void leave();
  // Returns "/sys/fs/cgroup/zoomin/NAME" in each of these hierarchies.
  [[nodiscard]] std::vector<std::string> directories() const;

 private:
  struct stay {
    cgroup_dir at;
    std::string origin;   // the directory of its original group
    bool member = false;  // it was in the group before join()
  };

  [[nodiscard]] const stay* stay_in_v2() const;  // null if it isn't mounted
  void remove_after_end(const std::string& origin) const;

  pid_t owner_ = -1;
  bool born_ = false;
  std::vector<stay> stays_;
};

}  // namespace zoomin::cgroup
