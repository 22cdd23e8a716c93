// SPDX-License-Identifier: MIT
// lab_host: a throw-away host, in which checks, tests and experiments can break things.
//
// New MNT (with / made shared, as systemd does), NET, UTS, IPC, PID and cgroup
// namespaces:
//   - a tmpfs of its own on /run, and on /var/lib/zoomin
//   - eth0 with 192.0.2.2/24 on a veth to a "world beyond" (192.0.2.1, also
//   198.51.100.1),
//     a network namespace named by outside_namespace(); ip_forward off
//   - its own cgroup, with caps of its own, seen as the root of the cgroup file systems
//   - descriptor 9 planted: open on /dev/null, without close-on-exec
// All of it ends with its first process; nothing of the real host can be reached by
// leaving out a protection. Not for containers: reading code after the five mechanisms.
#pragma once

#include <functional>
#include <string>

namespace zoomin::host {

// Runs `inside` in a throw-away host, as a child of that host's first process; gives its
// exit status (128+n for a signal). Needs root. Throws sys::error.
int throw_away_host(const std::function<int()>& inside);

// Whether this process is in one.
bool is_throw_away();

// A file (/proc/PID/ns/net of a process that holds it) of the world beyond: setns(2) goes
// there. For tests.
std::string outside_namespace();

}  // namespace zoomin::host
