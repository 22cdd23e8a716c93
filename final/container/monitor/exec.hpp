// SPDX-License-Identifier: MIT
// exec: starts another process in a running container, with the namespaces, cgroup,
// seccomp filter and limits of its init.
//
// The event loop (event_loop.hpp) runs in a process between the command and the new
// process: command ← sockets → event loop → new process. The event loop joins the
// container's PID namespace only to spawn; the new process joins all other namespaces and
// the cgroup, and drops its privileges. If the container may trace processes, the new
// process joins the PID namespace last (`unseen` of pid::spawn_options), so that nothing
// in the container sees it with the host's privileges or descriptors.
#pragma once

#include <string>
#include <vector>

#include "container/execs.hpp"
#include "container/monitor/attached_client.hpp"

namespace zoomin::container {

// Adds an exec, a record of a process to run in a container (execs.hpp). Throws
// usage_error if the container isn't running, or is paused.
exec_name create_exec(const std::string& reference, const exec_options& options);

// Starts an exec, and returns when its command runs. Throws the reason if it can't run.
// With exec_owner::program, `program` is the zoomin to execute.
void start_exec(const exec_name& name, attached_client client, exec_owner owner,
                const std::string& program);
// Runs the event loop of an exec in that program: "zoomin __exec ID HANDOVER GATE
// CGROUP". Never returns. Throws usage_error if the arguments are invalid.
[[noreturn]] void run_exec(const std::vector<std::string>& words);
// Sets the size of an exec's terminal. Throws usage_error if the exec isn't running.
void resize_exec(const exec_name& exec, window size);

}  // namespace zoomin::container
