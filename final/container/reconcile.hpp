// SPDX-License-Identifier: MIT
// reconcile: repairs what a monitor that was killed left behind.
#pragma once

#include <string>

#include "container/state.hpp"

namespace zoomin::container {

// Returns the container's state. If the container is recorded as running but its monitor
// no longer exists, the container has ended: reconcile() records that, and removes its
// cgroup, its network interfaces and, with --rm, the container itself with its anonymous
// volumes. Throws usage_error if there is no such container, or if its state is damaged.
state reconcile(const std::string& id);

// Throws usage_error, "Container X is not running".
[[noreturn]] void refuse_stopped(const std::string& reference);
// Throws usage_error unless the container is running. If it waits for its next restart,
// the failure says so.
void require_running(const state& now, const std::string& reference);

}  // namespace zoomin::container
