// SPDX-License-Identifier: MIT
// boot: starts and stops all containers, when the machine starts and before it goes down.
#pragma once

#include <functional>
#include <string>

namespace zoomin::container {

// Is called for each container that could not be started or stopped.
using failure_handler =
    std::function<void(const std::string& name, const std::exception& failure)>;

// Starts the containers that ran before and whose restart policy says so, each after
// those whose namespaces it joins. A failure of one doesn't keep the others from
// starting.
void start_all(const failure_handler& on_failure);
// Stops all containers in parallel, each with its own stop signal and timeout. None
// counts as stopped by its user.
void stop_all(const failure_handler& on_failure);

}  // namespace zoomin::container
