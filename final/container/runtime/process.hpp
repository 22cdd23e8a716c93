// SPDX-License-Identifier: MIT
// process: what a process inside is to be, beside its namespaces: its user, its rights,
// its streams, where it begins. The same for a container's first process and for exec.
#pragma once

#include <string>
#include <vector>

#include "01-pid/gate.hpp"
#include "container/runtime/stdio.hpp"
#include "container/spec/process.hpp"

namespace zoomin::container {

// On the host, first: a seccomp profile of the user's is compiled. Throws usage_error.
void prepare(process& process);

// Inside, while /proc is still the host's: who is killed first, 0 as the caller.
void set_oom_score(int score);

// Inside, in the container's root: takes the streams, its directory, its limits and its
// user, and gives up all other rights. `environment` gets a HOME where it has none.
// `first`: a container's first process, whose directory is made where the image has none.
// Throws usage_error where there is no such user.
void become(const process& process, inner_ends& ends, pid::gate& door,
            std::vector<std::string>& environment, bool first);

}  // namespace zoomin::container
