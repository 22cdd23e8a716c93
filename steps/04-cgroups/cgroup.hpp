// SPDX-License-Identifier: MIT
// cgroup: limits and counts the resources of a group of processes.
//
// Kernel mechanism: cgroups(7), cgroup_namespaces(7). A cgroup is a directory in a
// special file system; write its files to set limits, read them to get the usage. A
// process is in one cgroup, and its children start in the same one.
//
//   host                                 inside
//   create()  mkdir, write the limits
//   …clone3 starts the child in fd()     join(): version 1, the child moves itself
//                                        enter(): its cgroup becomes its "/"
//   read()    the usage
//   remove()  kill the remaining processes, rmdir
//
// The limits are set before the child exists, so that it never runs without them. enter()
// must follow the gate: the root of a cgroup namespace is the cgroup in which the process
// was when it made the namespace.
//
// A group is at zoomin/NAME, below the root of the tree. The program that made it holds
// its flock(2) as long as it lives; if nobody holds the lock, the owner was killed.
// create() then removes a group of the same name, and clean_up() all such groups. (For a
// group that several programs share: joined_group.hpp.) Version 2 has one tree; version 1
// has one tree for each controller or pair, so a group has several directories. Version 2
// is used if none of the needed controllers belongs to version 1.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "04-cgroups/hierarchy.hpp"
#include "04-cgroups/limits.hpp"
#include "04-cgroups/usage.hpp"
#include "common/fd.hpp"

namespace zoomin::cgroup {

class group {
 public:
  group(std::string name, std::vector<cgroup_dir> dirs);
  group(group&&) noexcept = default;
  group& operator=(group&&) = delete;
  ~group();  // calls remove() if this object owns the group

  [[nodiscard]] const std::string& name() const { return name_; }
  // Returns its directories, one in each hierarchy in use.
  [[nodiscard]] std::vector<std::string> directories() const;
  // Returns its directory in the hierarchy of a controller. Empty if there is none.
  [[nodiscard]] std::optional<std::string> directory_of(
      const std::string& controller) const;
  // Returns the descriptor for clone3's CLONE_INTO_CGROUP; -1 with version 1, whose
  // children join().
  [[nodiscard]] int fd() const;
  // Moves the calling process into the group unless it was started there. The process
  // must have a single thread. Memory that it already has isn't charged to the group.
  void join() const;
  // Moves another process into the group. In version 1 that takes 10 ms or more.
  void add(pid_t pid) const;
  // Sets the given limits, and leaves the others unchanged. Throws usage_error if a
  // limit needs a controller that isn't available.
  void limit(const limits& limits) const;
  [[nodiscard]] usage read() const;
  [[nodiscard]] events read_events() const;
  [[nodiscard]] std::vector<pid_t> processes() const;
  // Freezes all processes, and returns when they have stopped, or thaws them. Version 1
  // needs "freezer" in create_options::also. Throws sys::error.
  void freeze(bool frozen) const;
  // Sends SIGKILL to all processes. Returns when the group is empty, or after 5 s.
  void kill() const;
  // Kills all processes, and removes the group and those below it; the last group's
  // removal includes the directory zoomin. Controllers that were enabled in the root of
  // version 2 stay enabled, since other programs may use them by now.
  void remove();

 private:
  friend group create(const std::string&, const limits&, const struct create_options&);
  friend group open_part(const std::string&, const std::string&, unsigned);
  std::string name_;
  std::vector<cgroup_dir> dirs_;
};

// Makes zoomin/NAME below `parent` (a cgroup's path from the root of the tree; by default
// the root) and sets its limits. Needs root. Throws usage_error, sys::error.
group create(const std::string& name, const limits& limits,
             const std::string& parent = {});

// Controllers that the limits of step 4 don't need: "devices" and "freezer" of version 1,
// and its "blkio" or version 2's "io".
inline const std::set<std::string> extra_controllers{"blkio", "devices", "freezer", "io"};

// Further options of a runtime.
struct create_options {
  std::string parent{};
  std::set<std::string> also{};  // extra_controllers to enable if they are available
  // The memory limit of all groups below zoomin together; set if there is none yet and
  // memory can be limited. memory.oom.group stays off there, or one container could end
  // all others.
  std::uint64_t ceiling_bytes = unlimited;
};
group create(const std::string& name, const limits& limits,
             const create_options& options);

// Opens a group that another process owns. It can be read, joined and limited, and isn't
// removed.
[[nodiscard]] group open(const std::string& name, const std::string& parent = {});

// Opens a group like open(), for processes that can be killed together with all their
// descendants, separately from the rest of the group. They join a part: a group of their
// own below it (in version 1 below one of its directories), with the same limits. Empty
// parts are removed by the next call, and with the group.
[[nodiscard]] group open_part(const std::string& name, const std::string& parent,
                              unsigned number);
// Sends SIGKILL to all processes in that part. Doesn't wait for their end.
void kill_part(const std::string& name, const std::string& parent, unsigned number);

// Throws usage_error if the path leads out of the hierarchy.
void validate_parent(const std::string& parent);

// Remove the leftovers of killed programs: groups without a lock, with their processes,
// and empty shared groups. remove_left() removes the one of that name, clean_up() all
// below zoomin, in every hierarchy.
void remove_left(const std::string& name, const std::string& parent = {});
void clean_up();

// Makes a cgroup namespace, whose root is the group. Call it in the container, after the
// gate.
void enter();

// Returns which of cpu, cpuset, memory and pids are available below `parent`.
std::set<std::string> available(const std::string& parent = {});

}  // namespace zoomin::cgroup
