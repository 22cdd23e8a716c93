// SPDX-License-Identifier: MIT
// What a process's MNT namespace looks like from both sides, and what a step program
// proves of it.
#pragma once

#include <string>
#include <vector>

#include "common/fd.hpp"
#include "common/lab/check.hpp"
#include "common/look.hpp"

namespace zoomin::mnt {

// One line of /proc/PID/mountinfo, proc_pid_mountinfo(5).
struct mounted {
  std::string root;     // which directory of the file system is mounted
  std::string at;       // the mount point, as the process sees it
  std::string options;  // of the mount: "ro,nosuid"
  bool shared = false;  // whether mounts below it show up elsewhere too
  std::string type;
  std::string source;
};
// The mount table of a process; empty where the process is gone.
std::vector<mounted> mount_table(pid_t pid);

std::vector<look::row> facts(pid_t pid);
std::vector<check::fact> proofs();

// The MNT namespace of a process. Its number goes to no other as long as it is held open,
// so that remains() can tell whether a process is still in this one.
struct held_namespace {
  std::string number;
  unique_fd held;
};
held_namespace hold_namespace(pid_t pid);
look::leftover leftovers(const held_namespace& its);

}  // namespace zoomin::mnt
