// SPDX-License-Identifier: MIT
// lab_host: a throw-away host, in which checks, tests and experiments can break things.
//
// It consists of new mount (with / made shared, as systemd does), network, UTS, IPC, PID
// and cgroup namespaces:
//   - a tmpfs of its own on /run, with $ZOOMIN_ROOT in it
//   - eth0 with 192.0.2.2/24 on a veth to an outside network (192.0.2.1, 198.51.100.1),
//     whose namespace outside_namespace() names; ip_forward is off
//   - its own cgroup, with limits of its own, as the root of the cgroup file systems
//   - descriptor 9, open on /dev/null without close-on-exec, for facts to find
// All of it ends with its first process, and the real host can't be damaged by leaving
// out a protection. Containers don't use this code; read it after the five mechanisms.
#pragma once

#include <functional>
#include <string>

namespace zoomin::host {

// Runs `inside` in a throw-away host, as a child of that host's first process. Returns
// its exit status (128+n for signal n). Needs root. Throws sys::error.
int throw_away_host(const std::function<int()>& inside);

// Returns whether this process is in a throw-away host.
bool is_throw_away();

// Returns the path of the outside network's namespace (/proc/PID/ns/net) for setns(2).
// Tests use it.
std::string outside_namespace();

}  // namespace zoomin::host
