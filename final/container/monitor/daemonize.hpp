// SPDX-License-Identifier: MIT
// daemonize: runs work that outlives the command that began it: a monitor, or the event
// loop of an exec.
#pragma once

#include <functional>
#include <string>

#include "01-pid/gate.hpp"

namespace zoomin::container {

// Runs `work` in a new process, which then ends. The process is in the cgroup
// `zoomin/monitors`, in its own session, in "/", and without the caller's arguments,
// environment and descriptors. ps(1) shows `title`. Returns when `work` has sent `ready`;
// throws what it threw before that. The caller must then close whatever only `work`
// needs.
void daemonize(const std::string& title,
               const std::function<void(pid::gate& caller)>& work);

// Replaces stderr, which is the caller's until then. `work` calls it once it is ready.
void detach_stderr();

}  // namespace zoomin::container
