// SPDX-License-Identifier: MIT
// joined_group: a group that several processes join, and that none of them owns.
//
// The monitors of containers share such a group. A service manager ends a service, or a
// login session, by its cgroup; monitors in a group of their own aren't ended with it.
// The group is zoomin/NAME in the hierarchies by which systemd finds its services:
// version 2, also without controllers (a hybrid system), and version 1's "name=systemd".
//
// If possible, a process is started in the group. A process that moves into it waits for
// an RCU grace period while it holds a lock that each mkdir in these file systems needs.
//
// The directory has the sticky bit, which marks it as shared, so that clean_up() kills no
// process in it. The group needs no lock: rmdir(2) of a group with processes fails with
// EBUSY, and each process that leaves tries to remove the group. The last process
// succeeds; if it was killed, clean_up() removes the group.
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
  // Finds out in which groups this process is, without joining any. `v2_origin` is the
  // original version 2 group of a process that fork() started in the group and that has
  // executed a program since. Throws sys::error.
  explicit joined_group(const std::string& name, const std::string& v2_origin = {});
  joined_group(joined_group&& other) noexcept
      : owner_(std::exchange(other.owner_, -1)),
        started_inside_(other.started_inside_),
        memberships_(std::move(other.memberships_)) {
    other.memberships_.clear();
  }
  joined_group(const joined_group&) = delete;
  joined_group& operator=(const joined_group&) = delete;
  joined_group& operator=(joined_group&&) = delete;
  ~joined_group();  // calls leave() in the process that joined; never throws

  // Returns the directory of this process's original group in version 2; empty if version
  // 2 isn't mounted.
  [[nodiscard]] std::string v2_origin() const;
  // Forks like fork(2). In version 2 the child starts in the group. It must call join().
  pid_t fork(unique_fd* pidfd);
  // Moves this process into the group, in each hierarchy in which it isn't in the group
  // yet, and creates the group if it doesn't exist. Children start in the group. Needs
  // root. Throws sys::error.
  void join();
  // Moves this process back to its original group, or to the root if that group no longer
  // exists, and removes the joined group if it is empty. In version 2 the process stays
  // until its end, after which the group is removed. If the process can't be moved, it
  // stays, and so does the group. Call this last, without children in the group.
  void leave();
  // Returns "/sys/fs/cgroup/zoomin/NAME" in each of these hierarchies.
  [[nodiscard]] std::vector<std::string> directories() const;

 private:
  struct membership {
    cgroup_dir at;
    std::string origin;      // the directory of the process's original group
    bool inherited = false;  // the process was in the group before join()
  };

  [[nodiscard]] const membership* find_v2() const;  // null if version 2 isn't mounted
  void remove_after_end(const std::string& origin) const;

  pid_t owner_ = -1;
  bool started_inside_ = false;  // in version 2, by fork()
  std::vector<membership> memberships_;
};

}  // namespace zoomin::cgroup
