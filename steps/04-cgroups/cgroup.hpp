// SPDX-License-Identifier: MIT
// cgroup: limits and counts the resources of a group of processes.
//
// Kernel mechanism: cgroups(7), cgroup_namespaces(7). A cgroup is a directory in a
// special file system; write its files to set limits, read them to get the usage. A
// process is in one cgroup, and its children start in the same one.
//
//   host                                 inside
//   make_parent(), make()  mkdir
//   group.limit()          write the limits
//   …clone3 starts the child in fd()     join(): version 1, the child moves itself
//                                        enter(): its cgroup becomes its "/"
//   group.read()           the usage
//   group.remove()         kill the remaining processes, rmdir
//
// The limits are set before the child exists, so that it never runs without them. enter()
// must follow the gate: the root of a cgroup namespace is the cgroup in which the process
// was when it made the namespace.
//
// A group is at zoomin/NAME, below the root of the tree. Version 2 has one tree; version
// 1 has one tree for each controller or pair, so a group has several directories. Version
// 2 is used if none of the needed controllers belongs to version 1.
//
// Programs make groups by coordination/create.hpp, so that several of them can do so at
// the same time.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "04-cgroups/hierarchy.hpp"
#include "04-cgroups/limits.hpp"
#include "04-cgroups/usage.hpp"
#include "common/narration.hpp"

namespace zoomin::cgroup {

class group {
 public:
  group(std::string name, std::vector<cgroup_dir> dirs);
  group(group&&) noexcept = default;
  group& operator=(group&&) = delete;
  ~group();  // calls remove()

  [[nodiscard]] const std::string& name() const { return name_; }
  // Returns its directories, one in each hierarchy in use; their paths.
  [[nodiscard]] const std::vector<cgroup_dir>& dirs() const { return dirs_; }
  [[nodiscard]] std::vector<std::string> directories() const;
  void add_directory(cgroup_dir at) { dirs_.push_back(std::move(at)); }

  // Sets the given limits, and leaves the others unchanged. Throws usage_error if a
  // limit needs a controller that isn't available.
  void limit(const limits& limits) const;
  // Returns the descriptor for clone3's CLONE_INTO_CGROUP; -1 with version 1, whose
  // children join().
  [[nodiscard]] int fd() const;
  // Moves the calling process into the group unless it was started there. The process
  // must have a single thread. Memory that it already has isn't charged to the group.
  void join() const;
  // Moves another process into the group. In version 1 that takes 10 ms or more.
  void add(pid_t pid) const;
  [[nodiscard]] usage read() const;
  [[nodiscard]] events read_events() const;
  // Sends SIGKILL to all processes. Returns when the group is empty, or after 5 s.
  void kill() const;
  // Kills all processes, and removes the directories that this object owns with those
  // below them; the last group's removal includes the directory zoomin. Controllers that
  // were enabled in the root of version 2 stay enabled, since other programs may use them
  // by now.
  void remove();

 private:
  std::string name_;
  std::vector<cgroup_dir> dirs_;
};

// Make the directory zoomin, unless it exists, and the group in it. make_parent() removes
// the controllers that can't be enabled from at.controllers, and returns false if the
// reason is that at.parent has processes.
bool make_parent(cgroup_dir& at);
void make(const cgroup_dir& at);

// Enables at.controllers for the children of `group`, in version 2. Removes those that
// can't be enabled from it; returns false if the reason is that the group has processes.
bool enable(const narration::why& reason, cgroup_dir& at, const std::string& group);

// Makes a cgroup namespace, whose root is the group. Call it in the container, after the
// gate.
void enter();

// Sends SIGKILL to the processes in a group and below, once; returns whether there are
// any.
void send_kill(const cgroup_dir& at, const std::string& directory);
bool has_processes(const cgroup_dir& at, const std::string& directory);
// Sends SIGKILL until the group is empty, or for 5 s.
void kill_all(const cgroup_dir& at, const std::string& directory);
// Removes a group and those below it, deepest first. Returns false if one is busy.
bool remove_tree(const std::string& directory);
// Removes the directory zoomin if it is empty.
void remove_parent(const cgroup_dir& at);

}  // namespace zoomin::cgroup
