// SPDX-License-Identifier: MIT
// joined_namespaces: the existing namespaces that a container joins, by their paths in
// config.json.
#pragma once

#include <functional>

#include "01-pid/pid.hpp"
#include "common/fd.hpp"
#include "container/runtime/oci_config.hpp"

namespace zoomin::container {

class joined_namespaces {
 public:
  // Opens the namespaces. Throws sys::error.
  explicit joined_namespaces(const oci_config& config);

  // Spawns a child as pid::spawn() does, in the joined PID namespace.
  [[nodiscard]] pid::child spawn(const pid::spawn_options& options,
                                 const std::function<void(pid::gate&)>& inside) const;
  // Enters the joined network, UTS and cgroup namespaces. Call it in the child.
  void enter() const;
  // Enters the joined IPC namespace, and mounts the /dev/shm that belongs to it over the
  // host's. Call it in the child, in its own mount namespace.
  void enter_ipc() const;

 private:
  unique_fd net_, pid_, ipc_, uts_, cgroup_;
  unique_fd shm_;  // a detached copy of the mount at the joined container's /dev/shm
};

}  // namespace zoomin::container
