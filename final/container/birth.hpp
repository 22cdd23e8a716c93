// SPDX-License-Identifier: MIT
// birth: the lower half: a container's first process, made as config.json says. Nothing
// here knows what its user asked for.
#pragma once

#include "01-pid/pid.hpp"
#include "04-cgroups/cgroup.hpp"
#include "05-overlay/overlay.hpp"
#include "container/config.hpp"
#include "container/neighbours.hpp"
#include "container/networks.hpp"
#include "container/stdio.hpp"

namespace zoomin::container {

// What is made on the host before it, and lives as long.
struct world {
  const cgroup::group& group;
  const overlay::writable& top;
  const neighbours& others;
  connection& network;
};

// It has made its world, and waits to become its command. Throws sys::error, usage_error.
pid::child give_birth(const config& what, const world& its, inner_ends& ends);

}  // namespace zoomin::container
