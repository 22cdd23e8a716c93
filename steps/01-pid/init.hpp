// SPDX-License-Identifier: MIT
// init: PID 1 for commands that don't do its duties.
//
// The first process of a PID namespace inherits every orphan in it and must reap it, and
// the kernel drops signals to it for which it has no handler: pid_namespaces(7).
#pragma once

#include "01-pid/gate.hpp"

namespace zoomin::pid {

// Forks. Returns in the child, which goes on to execve; PID 1 stays here: it forwards
// signals, reaps, and exits with the child's status.
void become_init(gate& door);

}  // namespace zoomin::pid
