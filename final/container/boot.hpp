// SPDX-License-Identifier: MIT
// boot: all containers at the machine's start and at its end.
#pragma once

#include <functional>
#include <string>

namespace zoomin::container {

// What could not be done, and of which container.
using told = std::function<void(const std::string& name, const std::exception& failure)>;

// Starts those that ran once and whose --restart wants it, each on its own, and after
// those whose namespaces it joins.
void start_all(const told& failed);
// Stops all, each as it asks for, all at once; none counts as stopped by its user.
void stop_all(const told& failed);

}  // namespace zoomin::container
