// SPDX-License-Identifier: MIT
// monitor: the process that owns a running container: makes it out of the five
// mechanisms, keeps its streams and its log, waits for its end and undoes all.
//
// Order of a start (what runs inside is in the lambda of live(), monitor.cpp):
//   command   the container's lock, container.json, the image's layers
//             fork: the monitor leaves the caller's session, cgroup and directory
//   monitor   cgroup and its devices → writable layer → bridge, address → clone3
//             → cable, ports → release
//   inside    cgroup namespace, hostname, interface, overlay, mounts, root, masks
//             → become(): user, streams, directory, limits, keyring, rights → ready
//   monitor   execve → state `running` → the command is told
// The container never outlives its monitor (PR_SET_PDEATHSIG, and the gate), but always
// the command.
#pragma once

#include <string>

#include "container/monitor/attached_client.hpp"

namespace zoomin::container {

// Returns when the command runs. Throws what kept it from running; the container is then
// as it was before. Throws usage_error where it runs already.
void start(const std::string& id, attached_client client);

}  // namespace zoomin::container
