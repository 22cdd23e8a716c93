// SPDX-License-Identifier: MIT
#include "common/lab/causes.hpp"

#include <sys/klog.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>

namespace zoomin::check {

namespace {

// A cause applies if both texts occur in the reason.
struct cause {
  const char* call;
  const char* answer;
  const char* question;
};

constexpr std::array causes{
    cause{"pivot_root", "Invalid argument",
          "is the whole mount tree private (MS_REC), and is the new root a mount of its "
          "own?"},
    cause{"pivot_root", "No such file or directory",
          "is the new root still mounted? The old one is detached last."},
    cause{"move_mount", "Invalid argument", "is the tree a copy (OPEN_TREE_CLONE)?"},
    cause{"mount_setattr", "Invalid argument", "is that directory a mount of its own?"},
    cause{"pivot_root", "Device or resource busy",
          "is the new root another mount than the present one?"},
    cause{"umount2", "Device or resource busy",
          "is the old root detached (MNT_DETACH), and has the process left it?"},
    cause{"umount2", "Invalid argument", "is that path a mount at this moment?"},
    cause{"overlay", "Invalid argument",
          "are the upper and the work directory on one file system that isn't an "
          "overlay?"},
    cause{"overlay", "No such file or directory",
          "does each layer exist, and are ':' and ',' in its name escaped?"},
    cause{"RTM_NEWROUTE", "Network is unreachable",
          "does eth0 have its address, and is it up, before the route is added?"},
    cause{"RTM_NEWROUTE", "Nexthop has invalid gateway",
          "does eth0 have its address, and is it up, before the route is added?"},
    cause{"RTM_NEWLINK", "Operation not supported", "is the master a bridge?"},
    cause{"RTM_SETLINK", "Operation not supported",
          "is the host's end of the cable a port of the bridge (its master)?"},
    cause{"(zoomin0)", "No such device", "is the bridge made first?"},
    cause{"add element", "File exists",
          "was the port's element deleted when an earlier container ended?"},
    cause{"RTM_NEWLINK", "File exists",
          "is the interface made in the child's network namespace?"},
    cause{"RTM_NEWLINK", "No such device",
          "does the child wait until the host has made its end of the cable?"},
    cause{"", "No such process",
          "has the child already ended? It must wait at the gate."},
    cause{"(SIOCGIFINDEX)", "No such device",
          "does the child wait until its end of the cable is in its namespace, named "
          "eth0?"},
    cause{"gate(child", "No child processes",
          "is the gate still open in the child? Only descriptors above the gate's and "
          "the narration's are closed."},
    cause{"execve", "No such file or directory",
          "is the program's name looked up in PATH, in the root that it should see?"},
    cause{"keeps removing the cgroup", "", "is the group's directory made?"},
    cause{"as its cgroup", "",
          "does it join its group first, and then make the cgroup namespace, before "
          "execve?"},
    cause{"memsw", "Invalid argument",
          "is the limit of memory written before that of memory and swap together?"},
    cause{"/cgroup", "No space left on device",
          "have cpuset.cpus and cpuset.mems their values, before a process joins?"},
    cause{"sethostname", "Operation not permitted", "is it root in its namespace?"},
    cause{"/cgroup", "Device or resource busy",
          "does the group still have processes, or a parent with processes of its own?"},
    cause{"/cgroup", "No such file or directory",
          "is the controller enabled in the parent's cgroup.subtree_control?"},
    cause{"", "not expected", "does the program have that option?"},
    cause{"no output within", "",
          "does the host let the child through the gate, and does it run the command?"},
};

double time_of(const std::string& line) {  // "<6>[  123.456789] overlayfs: …"
  const auto open = line.find('[');
  return open == std::string::npos ? 0 : std::strtod(line.c_str() + open + 1, nullptr);
}

}  // namespace

std::string likely_cause(const std::string& why) {
  const auto* const found = std::ranges::find_if(causes, [&](const cause& cause) {
    return why.find(cause.call) != std::string::npos &&
           why.find(cause.answer) != std::string::npos;
  });
  return found == causes.end() ? "" : found->question;
}

std::string logged_by_the_kernel(double begin) {
  constexpr int read_all = 3;  // SYSLOG_ACTION_READ_ALL
  std::string log(1U << 18U, '\0');
  const int size = ::klogctl(read_all, log.data(), static_cast<int>(log.size()));
  if (size <= 0) return {};
  log.resize(static_cast<std::size_t>(size));
  std::istringstream lines(log);
  std::string last;
  for (std::string line; std::getline(lines, line);)
    if (const auto at = line.find("overlayfs: ");
        at != std::string::npos && time_of(line) >= begin)
      last = line.substr(at);
  return last;
}

}  // namespace zoomin::check
