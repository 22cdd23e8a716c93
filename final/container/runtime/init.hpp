// SPDX-License-Identifier: MIT
// init: the lower half: a container's first process, made as config.json says. Nothing
// here knows what its user asked for.
#pragma once

#include "01-pid/pid.hpp"
#include "04-cgroups/cgroup.hpp"
#include "05-overlay/overlay.hpp"
#include "container/runtime/endpoints.hpp"
#include "container/runtime/oci_config.hpp"
#include "container/runtime/shared_namespaces.hpp"
#include "container/runtime/stdio.hpp"

namespace zoomin::container {

// What is made on the host before it, and lives as long.
struct host_resources {
  const cgroup::group& group;
  const overlay::writable& top;
  const shared_namespaces& others;
  endpoints& network;
};

// It has made its world, and waits to become its command. Throws sys::error, usage_error.
pid::child spawn_init(const oci_config& config, const host_resources& its,
                      inner_ends& ends);

// Creates another process in a running container, for exec and health checks. `first` is
// a pidfd of the container's first process. The process has set itself up, and waits for
// child::start() to execute its command. From here on the caller's own children may be
// created in the container's PID namespace, setns(2). Throws sys::error, usage_error.
pid::child spawn_exec(const cgroup::group& group, int first, const process& process,
                      inner_ends& ends);

}  // namespace zoomin::container
