// SPDX-License-Identifier: MIT
#include "04-cgroups/coordination/cleanup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "04-cgroups/cgroup.hpp"
#include "04-cgroups/group_files.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

bool is_shared(int directory) {
  struct stat info {};
  return ::fstat(directory, &info) == 0 && (info.st_mode & S_ISVTX) != 0;
}

// Locks zoomin exclusively. A program that makes a group holds a shared lock until the
// group is locked, since it would look stale before that. If another program is cleaning
// up, there is nothing to do.
void remove_all_stale(const cgroup_dir& at) {
  const auto parent = open_if_exists(at.zoomin_group(), O_RDONLY | O_DIRECTORY);
  if (!parent || !try_lock(parent->get())) return;
  for (const auto& directory : groups_in(at.zoomin_group())) remove_stale(at, directory);
}

}  // namespace

void clean_up() {
  for (const auto& hierarchy : all_hierarchies()) {
    cgroup_dir at;
    at.version = hierarchy.version;
    at.parent = hierarchy.mount_point;
    remove_all_stale(at);
  }
}

void remove_if_empty(const cgroup_dir& at, const std::string& directory) {
  try {
    rmdir(quiet, directory);
  } catch (const sys::error&) {
    return;  // it has processes, or another program has removed it
  }
  remove_parent(at);
}

void remove_stale(const cgroup_dir& at, const std::string& directory) {
  const auto fd = open_if_exists(directory, O_RDONLY | O_DIRECTORY);
  if (!fd) return;
  if (is_shared(fd->get())) return remove_if_empty(at, directory);
  // The kernel has released the lock if the owner was killed.
  if (!try_lock(fd->get())) return;
  kill_all(at, directory);
  remove_tree(directory);
  remove_parent(at);
}

bool lock_group(cgroup_dir& at) {
  auto fd = open_if_exists(at.directory, O_RDONLY | O_DIRECTORY);
  if (!fd || !try_lock(fd->get())) return false;
  if (!exists(fmt::format("/proc/self/fd/{}/cgroup.procs", fd->get()))) return false;
  at.fd = std::move(*fd);
  return true;
}

}  // namespace zoomin::cgroup
