// SPDX-License-Identifier: MIT
// daemonize: work that outlives the command that began it: a monitor, the session of an
// exec.
#pragma once

#include <functional>
#include <string>

#include "01-pid/gate.hpp"

namespace zoomin::container {

// In a new process, in `zoomin/monitors` rather than the caller's cgroup, in a session of
// its own, in "/", without the caller's words, environment and descriptors: runs `work`,
// and ends. `title` is what ps(1) shows of it. Returns when `work` has sent `ready`;
// throws what it threw before. Whatever only `work` needs must be closed here afterwards.
void daemonize(const std::string& title,
               const std::function<void(pid::gate& caller)>& work);

// Called by `work` once it is ready: its stderr was the caller's until then.
void close_messages();

}  // namespace zoomin::container
