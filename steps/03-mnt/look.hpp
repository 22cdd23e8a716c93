// SPDX-License-Identifier: MIT
// look: the mount namespace of a process as host and container see it.
#pragma once

#include <string>
#include <vector>

#include "common/fd.hpp"
#include "common/look.hpp"

namespace zoomin::mnt {

// A line of /proc/PID/mountinfo, proc_pid_mountinfo(5).
struct mounted {
  std::string root;     // the directory of the file system that is mounted
  std::string at;       // the mount point, as the process sees it
  std::string options;  // of the mount: "ro,nosuid"
  bool shared = false;  // mounts below it propagate to other namespaces
  bool slave = false;   // mounts of another namespace propagate to it
  std::string type;
  std::string source;
};
// Returns the mount table of a process. Empty if the process is gone.
std::vector<mounted> mount_table(pid_t pid);

std::vector<look::row> facts(pid_t pid);

// The mount namespace of a process. While it is held open, its number isn't used again,
// so that leftovers() can find out whether a process is still in it.
struct held_namespace {
  std::string number;
  unique_fd held;
};
held_namespace hold_namespace(pid_t pid);
look::leftover leftovers(const held_namespace& mounts);

}  // namespace zoomin::mnt
