// SPDX-License-Identifier: MIT
// monitor: the process that owns a running container. It builds the container from the
// five mechanisms, carries its streams and its log, waits for its end and releases
// everything.
//
// Order of a start (the container's part is enter(), runtime/init.cpp):
//   command   the container's lock, its control socket
//             fork, execve: the monitor leaves the caller's session, cgroup and directory
//   monitor   container.json, the image's layers, config.json
//             bridge, address → cgroup → writable layer → clone3 → veth pair, ports
//             → release → device rules
//   init      cgroup namespace, host name, interface, overlay, mounts, root, masks
//             → become(): user, streams, directory, limits, keyring, privileges → ready
//   monitor   execve → state `running` → the command returns
// The container never outlives its monitor (PR_SET_PDEATHSIG, and the gate), but it does
// outlive the command.
#pragma once

#include <string>
#include <vector>

#include "container/monitor/attached_client.hpp"
#include "container/monitor/pending_transition.hpp"

namespace zoomin::container {

// Starts a container with clients that are attached before its first byte of output. The
// transition completes when the container's command runs. If it can't run, finish()
// throws the reason and leaves the container as it was. Throws usage_error if the
// container is already running. The monitor executes `program`, a zoomin, so the caller
// may be a large program. Unless finish() is called, the monitor ends the container.
pending_transition begin_start(const std::string& id,
                               const std::vector<attached_client>& clients,
                               const std::string& program);

// Runs the monitor in the program that begin_start() executes: "zoomin __monitor ID
// HANDOVER GATE CGROUP". Never returns. Throws usage_error if the arguments are invalid.
[[noreturn]] void run_monitor(const std::vector<std::string>& words);

}  // namespace zoomin::container
