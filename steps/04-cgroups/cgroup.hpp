// SPDX-License-Identifier: MIT
// cgroup: a group of processes that the kernel counts and limits together.
//
// Kernel mechanism: cgroups(7), cgroup_namespaces(7). A cgroup is a directory in a file
// system of the kernel's; its files are its limits (written) and its usage (read). A
// process is in one cgroup; its children are born into the same one.
//
//   host                                 inside
//   create()  mkdir, write the limits
//   …the child is born into fd()         join(): or it moves in, version 1
//                                        enter(): its cgroup becomes its "/"
//   read()    what it used
//   remove()  kill what is left, rmdir
//
// The limits come before the child, so that there is no moment without them. enter()
// comes after the gate: a cgroup namespace has as its root the cgroup in which the
// process was when it made it.
//
// Each is at zoomin/NAME, below the root of the tree, and locked with flock(2) by the
// program that made it, for as long as that lives: where the lock is free, nobody is left
// to remove it. create() does so with one of the same name, clean_up() with all. (A group
// that many programs share: membership.hpp.) Version 2 has one tree; version 1 has one
// for each controller or two, so there a group is several directories. Version 2 is used
// where none of our controllers belongs to version 1.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "04-cgroups/hierarchy.hpp"
#include "04-cgroups/limits.hpp"
#include "common/fd.hpp"

namespace zoomin::cgroup {

// Limits and usage, as the kernel tells them. Empty: this kernel or version doesn't say.
struct usage {
  std::uint64_t memory_bytes = 0;
  std::uint64_t inactive_file_bytes = 0;  // in it: cache of files not used lately
  std::optional<std::uint64_t> memory_peak_bytes;
  std::uint64_t memory_limit_bytes = unlimited;
  std::uint64_t cpu_time_us = 0;
  std::optional<std::uint64_t> cpu_quota_us;  // in each cpu_period_us; empty: unlimited
  std::uint64_t cpu_periods = 0;              // periods in which it wanted to run
  std::uint64_t throttled_us = 0;             // time it had to wait for its next period
  std::uint64_t pids = 0;
  std::uint64_t pids_limit = unlimited;
  std::optional<std::uint64_t> read_bytes;  // from disks, and to them: io.hpp
  std::optional<std::uint64_t> written_bytes;

  // Returns the memory without the cache that the kernel drops first when it needs room,
  // as Docker counts it: a container that only wrote a big file is not near its limit.
  [[nodiscard]] std::uint64_t needed_memory_bytes() const {
    return memory_bytes - std::min(memory_bytes, inactive_file_bytes);
  }
};

// How often it met a limit.
struct events {
  std::uint64_t oom_kills = 0;     // processes that the OOM killer ended
  std::uint64_t memory_limit = 0;  // allocations that made the kernel reclaim first
  std::uint64_t pids_limit = 0;    // forks refused
};

class group {
 public:
  group(std::string name, std::vector<cgroup_dir> places);
  group(group&&) noexcept = default;
  group& operator=(group&&) = delete;
  ~group();  // as remove(), where this is the owner and it hasn't been called

  [[nodiscard]] const std::string& name() const { return name_; }
  // Its directories, one in each hierarchy used.
  [[nodiscard]] std::vector<std::string> directories() const;
  // The directory in the hierarchy of a controller; empty where none is used.
  [[nodiscard]] std::optional<std::string> directory_of(
      const std::string& controller) const;
  // Returns the descriptor for clone3's CLONE_INTO_CGROUP; -1 with version 1, whose
  // children join().
  [[nodiscard]] int fd() const;
  // Moves the calling process, inside, unless it was born there. It must have a single
  // thread; what it has in memory already isn't charged to the group.
  void join() const;
  // Moves another process in. In version 1 that takes 10 ms and more.
  void add(pid_t pid) const;
  // Sets what `wanted` names, leaves the rest. Throws usage_error where that needs a
  // controller which isn't there.
  void limit(const limits& wanted) const;
  [[nodiscard]] usage read() const;
  [[nodiscard]] events read_events() const;
  [[nodiscard]] std::vector<pid_t> processes() const;
  // Stops all that is in it where it stands, or lets it go on; returns when it has
  // stopped. Version 1 needs "freezer" among surroundings::also. Throws sys::error.
  void freeze(bool wanted) const;
  // SIGKILL to all that is in it; returns when it is empty, or after 5 s.
  void kill() const;
  // Kills what is in it, and removes it and all below it; the last one out takes the
  // directory zoomin too. What version 2 had switched on in the root stays on: others may
  // rely on it by now.
  void remove();

 private:
  friend group create(const std::string&, const limits&, const struct create_options&);
  friend group open_part(const std::string&, const std::string&, unsigned);
  std::string name_;
  std::vector<cgroup_dir> places_;
};

// Makes zoomin/NAME below `parent` (a cgroup's path from the root of the tree; the root
// itself where empty) and sets its limits. Needs root. Throws usage_error, sys::error.
group create(const std::string& name, const limits& wanted,
             const std::string& parent = {});

// Controllers that the limits of step 4 don't need: "devices" and "freezer" of version 1,
// and its "blkio" or version 2's "io".
inline const std::set<std::string> extra_controllers{"blkio", "devices", "freezer", "io"};

// What a runtime wants beyond that.
struct create_options {
  std::string parent{};
  std::set<std::string> also{};  // of beyond_limits, as far as they are there
  // Of all groups below zoomin together, where it has no limit yet and memory can be
  // limited. memory.oom.group stays off there: one eater would end them all.
  std::uint64_t ceiling_bytes = unlimited;
};
group create(const std::string& name, const limits& wanted, const create_options& its);

// One that another process owns: may be read, joined and limited, isn't removed.
[[nodiscard]] group open(const std::string& name, const std::string& parent = {});

// Opens a group as open() does, for processes that are to be told apart from the others
// of the group, so that all they ever start can be ended with them. They join a group of
// their own below it (in version 1 below one of its directories), with the same limits.
// Groups whose processes have ended are removed by the next call, and with the group.
[[nodiscard]] group open_part(const std::string& name, const std::string& parent,
                              unsigned number);
// Sends SIGKILL to all in that part. Doesn't wait for their end.
void kill_part(const std::string& name, const std::string& parent, unsigned number);

// Throws usage_error of one that leads out of the hierarchy.
void validate_parent(const std::string& parent);

// Removes what killed programs left, groups whose lock is free with what is in them, and
// shared ones that are empty: the one of that name, or all below zoomin, in every
// hierarchy.
void remove_left(const std::string& name, const std::string& parent = {});
void clean_up();

// Inside, after the gate: a cgroup namespace, whose root is the group.
void enter();

// Which of cpu, cpuset, memory and pids can be had below `parent`.
std::set<std::string> available(const std::string& parent = {});

}  // namespace zoomin::cgroup
