// SPDX-License-Identifier: MIT
// joined_namespaces: existing namespaces that a container joins, by the paths that
// config.json has for them.
#pragma once

#include <functional>

#include "01-pid/pid.hpp"
#include "common/fd.hpp"
#include "container/runtime/oci_config.hpp"

namespace zoomin::container {

class joined_namespaces {
 public:
  // Opens them. Throws sys::error.
  explicit joined_namespaces(const oci_config& config);

  // Spawns a child as pid::spawn() does, in the joined PID namespace.
  [[nodiscard]] pid::child spawn(const pid::spawn_options& options,
                                 const std::function<void(pid::gate&)>& inside) const;
  // Enters the joined network, UTS and cgroup namespaces. Call it in the child.
  void enter() const;
  // Enters the joined IPC namespace, and mounts the /dev/shm that belongs to it over the
  // host's. Call it in the child, in its own mount namespace.
  void enter_memory() const;

 private:
  unique_fd network_, processes_, memory_, name_, cgroups_;
  unique_fd memory_tree_;  // a detached copy of its /dev/shm
};

}  // namespace zoomin::container
