// SPDX-License-Identifier: MIT
#include "container/places.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include <algorithm>
#include <filesystem>

#include "04-cgroups/hierarchy.hpp"
#include "common/sys.hpp"

namespace zoomin::container {

namespace {

using sys::operator""_id;
constexpr unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;

mnt::place message_queues() {
  return {.id = "dev.mqueue"_id,
          .words = "/dev/mqueue: its own message queues",
          .type = "mqueue",
          .target = "/dev/mqueue",
          .flags = safe};
}

// Its own part of the tree, in its own cgroup namespace. Version 1's trees aren't shown.
void add_cgroups(std::vector<mnt::place>& to) {
  const auto trees = cgroup::hierarchies();
  if (trees.size() != 1 || trees[0].version != 2) return;
  to.push_back({.id = "sys.cgroup"_id,
                .words = "/sys/fs/cgroup: its own group",
                .type = "cgroup2",
                .target = "/sys/fs/cgroup",
                .flags = safe | MS_RDONLY});
}

mnt::place place_of(const bound& one) {
  const unsigned long read_only = one.read_only ? MS_RDONLY : 0;
  if (!sys::exists(one.host_path)) std::filesystem::create_directories(one.host_path);
  return {.words = "the host's " + one.host_path,
          .type = "bind",
          .source = one.host_path,
          .target = one.container_path,
          .flags = MS_REC | read_only};
}

// Only a file of procfs: whatever the image has at that name, CVE-2025-52881.
void write_setting(int root, const char* path, const char* value) {
  const auto file = sys::find_in_root(root, path, O_WRONLY);
  struct statfs is {};
  if (!file || ::fstatfs(file->get(), &is) == -1 || is.f_type != PROC_SUPER_MAGIC) return;
  sys::check("write", path, [&] {
    return ::write(file->get(), value, std::char_traits<char>::length(value));
  });
}

}  // namespace

std::vector<mnt::place> places_of(const asked& what) {
  auto all = mnt::defaults(what.hostname);
  all.push_back(message_queues());
  add_cgroups(all);
  auto binds = what.binds;  // an outer one first, or it would hide the inner one
  std::ranges::stable_sort(binds, {}, [](const bound& one) {
    return std::ranges::count(one.container_path, '/');
  });
  for (const auto& one : binds) all.push_back(place_of(one));
  return all;
}

void allow_unprivileged_network() {
  const unique_fd root = sys::open("/", O_PATH | O_DIRECTORY);
  write_setting(root.get(), "/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
  write_setting(root.get(), "/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
}

}  // namespace zoomin::container
