// SPDX-License-Identifier: MIT
// exec: starts another process in a running container, with the namespaces, cgroup,
// seccomp filter and limits of its init.
//
// The event loop (event_loop.hpp) runs in a process between the command and the
// container: command ← sockets → event loop (in the container's PID namespace only to
// spawn) → the process, which joins all other namespaces and the cgroup, and drops its
// privileges. If the container may trace processes, the child joins the PID namespace
// last (`unseen` of pid::spawn_options), so that nothing in the container sees it with
// the host's privileges or descriptors.
#pragma once

#include <string>
#include <vector>

#include "container/execs.hpp"
#include "container/monitor/attached_client.hpp"
#include "container/monitor/daemonize.hpp"

namespace zoomin::container {

// Makes a record of a process to run in a container. Throws usage_error if the container
// isn't running, or is paused.
exec_name create_exec(const std::string& reference, const exec_options& options);

// Runs it. Returns when the command runs. Throws the reason if it can't. `program`: the
// zoomin to execute.
void start_exec(const exec_name& name, attached_client client, exec_owner owner,
                const std::string& program = own_program);
// Runs the event loop in that program: "zoomin __exec ID HANDOVER GATE CGROUP". Never
// returns. Throws usage_error if the words are others.
[[noreturn]] void run_exec(const std::vector<std::string>& words);
// Sets the size of its terminal. Throws usage_error if it isn't running.
void resize_exec(const exec_name& exec, window size);

}  // namespace zoomin::container
