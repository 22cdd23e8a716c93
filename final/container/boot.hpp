// SPDX-License-Identifier: MIT
// boot: starts containers when the machine starts, and stops all before it goes down.
#pragma once

#include <functional>
#include <string>

namespace zoomin::container {

// Called for each container that could not be started or stopped.
using failure_handler =
    std::function<void(const std::string& name, const std::exception& failure)>;

// Starts the containers that have run before and whose restart policy says so, each after
// the containers whose namespaces it joins or to which it has links. Continues after a
// failure. `program` is that of begin_start().
void start_all(const failure_handler& on_failure, const std::string& program);
// Stops all containers in parallel, each with its own stop signal and timeout. They don't
// count as stopped by the user, so their restart policy starts them again at boot.
void stop_all(const failure_handler& on_failure);

}  // namespace zoomin::container
