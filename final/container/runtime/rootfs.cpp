// SPDX-License-Identifier: MIT
#include "container/runtime/rootfs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>

#include "03-mnt/mnt.hpp"
#include "05-overlay/overlay.hpp"
#include "common/chroot.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/reconcile.hpp"
#include "container/runtime/mounts.hpp"
#include "container/runtime/volumes.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "container/writable_layer.hpp"
#include "image/image.hpp"

namespace zoomin::container {

namespace {

// A copy of the root's mount has nothing mounted on it: open_tree(2), OPEN_TREE_CLONE
// without AT_RECURSIVE.
void hand_over_root(pid::gate& door, rootfs::extent wanted) {
  unique_fd top = sys::open("/", O_PATH | O_DIRECTORY);
  if (wanted == rootfs::extent::root_alone)
    top = sys::open_tree(sys::quiet, top.get(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
  door.send_descriptor(top.get());
}

// It never becomes a command.
pid::spawn_options keeper(std::uint64_t namespaces) {
  return {.namespaces = namespaces, .command = {}, .environment = {}};
}

// Without what only a running one has: /proc, /dev, its own /etc/hosts, memory.
std::vector<mnt::mount_entry> lasting(std::vector<mnt::mount_entry> entries) {
  std::erase_if(entries, [](const mnt::mount_entry& one) { return one.type != "bind"; });
  return entries;
}

pid::child mount_all(const std::string& id, rootfs::extent extent) {
  const container_spec spec = parse_spec(container_json(id));
  const auto layers = image::find(spec.image_id).layers;
  const auto top = open_writable_layer(directory_of(id) + "/layer", layers);
  make_sources(spec);
  chroot::note();
  return pid::spawn(keeper(CLONE_NEWNS), [&](pid::gate& door) {
    mnt::make_private();
    const auto merged = overlay::mount(layers, top, door);
    fill_volumes(merged, volumes_to_fill(spec));
    mnt::enter_root(merged, lasting(mounts_of(spec)), spec.read_only);
    hand_over_root(door, extent);
  });
}

// Opens the container's first process; empty if it doesn't run, or has just ended.
std::optional<unique_fd> find_first_process(const std::string& id) {
  const state now = reconcile(id);
  if (now.status != status::running) return std::nullopt;
  try {
    unique_fd pidfd = sys::pidfd_open(now.pid);
    const auto groups = sys::read_file(fmt::format("/proc/{}/cgroup", now.pid));
    if (groups.find("/zoomin/" + id) != std::string::npos) return pidfd;
  } catch (const sys::error&) {
    // It has just ended.
  }
  return std::nullopt;
}

// These add up to about a minute.
constexpr int most_tries = 1200;
constexpr unsigned pause_us = 50'000;

}  // namespace

pid::child visitor(const unique_fd& first,
                   const std::function<void(pid::gate&)>& inside) {
  return pid::spawn(keeper(0), [&](pid::gate& door) {
    pid::join(first.get(), CLONE_NEWNS);
    inside(door);
  });
}

unique_fd handed_by(pid::child& child, const std::string& text) {
  child.release();
  if (child.received_descriptors().empty()) throw sys::error(EPIPE, "gate", text);
  return std::move(child.received_descriptors().back());
}

unique_fd first_process(const std::string& id, const std::string& reference) {
  auto pidfd = find_first_process(id);
  if (pidfd) return std::move(*pidfd);
  throw usage_error(failure_kind::not_running,
                    fmt::format("Container {} is not running", reference));
}

rootfs::rootfs(const std::string& reference, extent wanted) {
  const std::string id = find(reference);
  // Tries again, since another copy may hold the container for a while, and a start for a
  // moment.
  const auto hand_over = [&](pid::gate& door) { hand_over_root(door, wanted); };
  for (int tries = 0; tries < most_tries; ++tries) {
    if (const auto first = find_first_process(id))
      keeper_.emplace(visitor(*first, hand_over));
    else if ((lock_ = try_hold(id)))
      keeper_.emplace(mount_all(id, wanted));
    if (keeper_) {
      directory_ = handed_by(*keeper_, reference);
      return;
    }
    ::usleep(pause_us);
  }
  throw usage_error(
      fmt::format("container {} is just being started, or copied from", reference),
      "try again");
}

}  // namespace zoomin::container
