// SPDX-License-Identifier: MIT
// What a process's MNT namespace looks like from both sides, and what a step program
// proves of it.
#pragma once

#include <string>
#include <vector>

#include "common/check.hpp"
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
// Whether any process is in the MNT namespace of this number.
bool namespace_in_use(const std::string& number);

}  // namespace zoomin::mnt
