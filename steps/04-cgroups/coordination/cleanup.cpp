// SPDX-License-Identifier: MIT
#include "04-cgroups/coordination/cleanup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "04-cgroups/backend.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

using namespace sys;

namespace {

constexpr auto longest_death = std::chrono::seconds(5);

bool is_shared(int directory) {
  struct stat info {};
  return ::fstat(directory, &info) == 0 && (info.st_mode & S_ISVTX) != 0;
}

}  // namespace

void kill_all(const cgroup_dir& at, const std::string& directory) {
  const auto& version = version_of(at);
  const auto deadline = std::chrono::steady_clock::now() + longest_death;
  while (version.populated(directory) && std::chrono::steady_clock::now() < deadline) {
    version.kill(directory);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

bool remove_tree(const std::string& directory) {
  for (const auto& below : groups_in(directory)) remove_tree(below);
  try {
    rmdir({"remove"_id, "remove the group"}, directory);
  } catch (const sys::error& failure) {
    return failure.number() == ENOENT;
  }
  return true;
}

bool remove_empty(const std::string& directory) {
  const auto text = [&] { return fmt::format("rmdir({})", quote(directory)); };
  const int result = attempt({"remove"_id, "remove the group"}, text,
                             [&] { return ::rmdir(directory.c_str()); });
  return result == 0 || errno == ENOENT;
}

// If another program starts a container at the same time, its mkdir fails with ENOENT,
// and it makes the directory again.
void remove_ours(const cgroup_dir& at) {
  struct stat status {};
  if (::stat(at.ours().c_str(), &status) != 0 || status.st_nlink > 2) return;
  const auto text = [&] { return fmt::format("rmdir({})", quote(at.ours())); };
  attempt({"remove.zoomin"_id, "it was the last group"}, text,
          [&] { return ::rmdir(at.ours().c_str()); });
}

void remove_if_empty(const cgroup_dir& at, const std::string& directory) {
  try {
    rmdir(quiet, directory);
  } catch (const sys::error&) {
    return;  // it has processes, or another program has removed it
  }
  remove_ours(at);
}

void remove_stale(const cgroup_dir& at, const std::string& directory) {
  const auto fd = open_if_exists(directory, O_RDONLY | O_DIRECTORY);
  if (!fd) return;
  if (is_shared(fd->get())) return remove_if_empty(at, directory);
  // The kernel has released the lock if the owner was killed.
  if (!try_lock(fd->get())) return;
  kill_all(at, directory);
  remove_tree(directory);
  remove_ours(at);
}

// Locks zoomin exclusively. A program that makes a group holds a shared lock until the
// group is locked, since it would look stale before that. If another program is cleaning
// up, there is nothing to do.
void remove_all_stale(const cgroup_dir& at) {
  const auto ours = open_if_exists(at.ours(), O_RDONLY | O_DIRECTORY);
  if (!ours || !try_lock(ours->get())) return;
  for (const auto& directory : groups_in(at.ours())) remove_stale(at, directory);
}

bool lock_group(cgroup_dir& at) {
  auto fd = open_if_exists(at.directory, O_RDONLY | O_DIRECTORY);
  if (!fd || !try_lock(fd->get())) return false;
  if (!exists(fmt::format("/proc/self/fd/{}/cgroup.procs", fd->get()))) return false;
  at.fd = std::move(*fd);
  return true;
}

}  // namespace zoomin::cgroup
