// SPDX-License-Identifier: MIT
// rootfs: gives a process of the host access to a container's files as the container sees
// them, including volumes.
//
// /proc/PID/root isn't safe, since the container's process may have changed its root,
// chroot(2). A child process enters the container's mount namespace instead. If the
// container isn't running, the child mounts the container's file systems in a new
// namespace, and the container's lock prevents a start, because two overlays with the
// same writable layer would each see only some of the other's changes.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "01-pid/pid.hpp"
#include "common/fd.hpp"

namespace zoomin::container {

class rootfs {
 public:
  // Selects all mounts of the container, or its root file system alone.
  enum class extent { all, root_alone };
  // While a copy holds the container's lock, or the container is being started, waits for
  // about a minute; then throws usage_error.
  explicit rootfs(const std::string& reference, extent scope = extent::all);
  // Returns a descriptor of the root directory. Use it only with openat2(2) and
  // RESOLVE_IN_ROOT.
  [[nodiscard]] int get() const { return directory_.get(); }

 private:
  std::optional<unique_fd> lock_;
  std::optional<pid::child> keeper_;  // keeps the mount namespace
  unique_fd directory_;
};

// Spawns a child in the mount namespace of process `init` (a pidfd). The child runs
// `inside`, which can pass descriptors through the gate, and exists as long as the
// result.
pid::child spawn_in_mount_namespace(const unique_fd& init,
                                    const std::function<void(pid::gate&)>& inside);
// Returns the descriptor that such a child passed. Throws what `inside` threw. `name`
// describes the descriptor in errors.
unique_fd receive_descriptor(pid::child& child, const std::string& name);

// Opens a pidfd of the init process of a running container. Once the pidfd is open, it is
// checked that the process is in the container's cgroup, so it can't be another process
// with the same number. Throws usage_error if the container isn't running.
unique_fd open_init(const std::string& id, const std::string& reference);

}  // namespace zoomin::container
