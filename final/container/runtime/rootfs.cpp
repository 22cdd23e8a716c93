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
#include "container/runtime/join_namespaces.hpp"
#include "container/runtime/mounts.hpp"
#include "container/runtime/volumes.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "container/writable_layer.hpp"
#include "image/image.hpp"

namespace zoomin::container {

namespace {

// Passes the root directory through the gate. A copy of the root's mount, open_tree(2)
// with OPEN_TREE_CLONE and without AT_RECURSIVE, has nothing mounted on it.
void hand_over_root(pid::gate& gate, rootfs::extent extent) {
  unique_fd top = sys::open("/", O_PATH | O_DIRECTORY);
  if (extent == rootfs::extent::root_alone)
    top = sys::open_tree(sys::quiet, top.get(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
  gate.send_descriptor(top.get());
}

// Returns the options for a child that never executes a command.
pid::spawn_options keeper_options(std::uint64_t namespaces) {
  return {.namespaces = namespaces, .command = {}, .environment = {}};
}

// Returns the mounts of a container that isn't running: only binds and volumes, without
// /proc, /dev, files such as /etc/hosts, and tmpfs.
std::vector<mnt::mount_entry> persistent_mounts(std::vector<mnt::mount_entry> entries) {
  std::erase_if(entries,
                [](const mnt::mount_entry& entry) { return entry.type != "bind"; });
  return entries;
}

pid::child mount_all(const std::string& id, rootfs::extent extent) {
  const container_spec spec = parse_spec(container_json(id));
  const auto layers = image::find(spec.image_id).layers;
  const auto top = open_writable_layer(directory_of(id) + "/layer", layers);
  make_sources(spec);
  chroot::note();
  return pid::spawn(keeper_options(CLONE_NEWNS), [&](pid::gate& gate) {
    mnt::make_private();
    const auto merged = overlay::mount(layers, top, gate);
    fill_volumes(merged, volumes_to_fill(spec));
    mnt::enter_root(merged, persistent_mounts(mounts_of(spec)), spec.read_only);
    hand_over_root(gate, extent);
  });
}

// Opens a pidfd of the container's init process. Returns nothing if the container isn't
// running, or has just ended.
std::optional<unique_fd> find_init(const std::string& id) {
  const state now = reconcile(id);
  if (now.status != status::running) return std::nullopt;
  try {
    unique_fd pidfd = sys::pidfd_open(now.pid);
    const auto groups = sys::read_file(fmt::format("/proc/{}/cgroup", now.pid));
    if (groups.find("/zoomin/" + id) != std::string::npos) return pidfd;
  } catch (const sys::error&) {
    // The container has just ended.
  }
  return std::nullopt;
}

// The tries take about a minute.
constexpr int max_tries = 1200;
constexpr unsigned retry_us = 50'000;

}  // namespace

pid::child spawn_in_mount_namespace(const unique_fd& init,
                                    const std::function<void(pid::gate&)>& inside) {
  return pid::spawn(keeper_options(0), [&](pid::gate& gate) {
    join_namespaces(init.get(), CLONE_NEWNS);
    inside(gate);
  });
}

unique_fd receive_descriptor(pid::child& child, const std::string& name) {
  child.release();
  if (child.received_descriptors().empty()) throw sys::error(EPIPE, "gate", name);
  return std::move(child.received_descriptors().back());
}

unique_fd open_init(const std::string& id, const std::string& reference) {
  auto pidfd = find_init(id);
  if (pidfd) return std::move(*pidfd);
  refuse_stopped(reference);
}

rootfs::rootfs(const std::string& reference, extent scope) {
  const std::string id = find(reference);
  const auto hand_over = [&](pid::gate& gate) { hand_over_root(gate, scope); };
  // Another copy, or a start, may hold the container's lock for a while.
  for (int tries = 0; tries < max_tries; ++tries) {
    if (const auto init = find_init(id))
      keeper_.emplace(spawn_in_mount_namespace(*init, hand_over));
    else if ((lock_ = try_lock(id)))
      keeper_.emplace(mount_all(id, scope));
    if (keeper_) {
      directory_ = receive_descriptor(*keeper_, reference);
      return;
    }
    ::usleep(retry_us);
  }
  throw usage_error(
      fmt::format("container {} is being started, or copied from or to", reference),
      "try again");
}

}  // namespace zoomin::container
