// SPDX-License-Identifier: MIT
// init: a PID 1 for commands that don't do its duties.
//
// The first process of a PID namespace becomes the parent of every orphan in it, which it
// must reap. The kernel drops signals to it for which it has no handler:
// pid_namespaces(7).
#pragma once

#include "01-pid/gate.hpp"

namespace zoomin::pid {

// Forks, and returns in the child, which goes on to execve. PID 1 doesn't return: it
// forwards signals, reaps orphans, and exits with the child's status.
void become_init(gate& to_host);

}  // namespace zoomin::pid
