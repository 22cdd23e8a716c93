// SPDX-License-Identifier: MIT
// process: sets up the properties of a process in a container besides its namespaces:
// user, privileges, streams, working directory. Init and exec share this code.
#pragma once

#include <string>
#include <vector>

#include "01-pid/gate.hpp"
#include "container/runtime/stdio.hpp"
#include "container/spec/process.hpp"

namespace zoomin::container {

// Compiles the user's seccomp profile. Call it on the host, before anything else. Throws
// usage_error.
void prepare(process& process);

// Sets the OOM score adjustment; 0 keeps the inherited one. Call it in the child while
// /proc is still the host's.
void set_oom_score(int score);

// Sets up streams, working directory, limits and user, and drops all other privileges.
// Adds HOME to `environment` if it is missing. For init, creates the working directory if
// the image doesn't have it. Call it in the container's root, before execve. Throws
// usage_error if there is no such user.
void become(const process& process, inner_ends& ends, pid::gate& gate,
            std::vector<std::string>& environment, bool init);

}  // namespace zoomin::container
