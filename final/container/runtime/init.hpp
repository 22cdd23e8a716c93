// SPDX-License-Identifier: MIT
// init: creates a container's first process as config.json describes it. This half of the
// runtime doesn't know the spec.
#pragma once

#include "01-pid/pid.hpp"
#include "04-cgroups/cgroup.hpp"
#include "05-overlay/overlay.hpp"
#include "container/runtime/endpoints.hpp"
#include "container/runtime/joined_namespaces.hpp"
#include "container/runtime/oci_config.hpp"
#include "container/runtime/stdio.hpp"

namespace zoomin::container {

// Resources on the host that are created before init and exist as long as it does.
struct host_resources {
  const cgroup::group& group;
  const overlay::writable& writable;
  const joined_namespaces& joined;
  endpoints& network;
};

// Spawns init. When this returns, init has set up everything in its namespaces, and waits
// for child::start() to execute its command. Throws sys::error, usage_error.
pid::child spawn_init(const oci_config& config, const host_resources& host,
                      inner_ends& ends);

// Spawns another process in a running container, for exec and health checks. `init` is a
// pidfd of the container's init. When this returns, the process has set itself up, and
// waits for child::start() to execute its command. Children that the caller spawns
// afterwards may be in the container's PID namespace, setns(2). Throws sys::error,
// usage_error.
pid::child spawn_exec(const cgroup::group& group, int init, const process& process,
                      inner_ends& ends);

}  // namespace zoomin::container
