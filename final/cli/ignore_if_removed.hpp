// SPDX-License-Identifier: MIT
// ignore_if_removed: for commands that go through the list of containers while other
// commands may remove some of them.
#pragma once

#include <functional>
#include <string>

namespace zoomin::cli {

// Calls `action` on a container. A failure is ignored if the container no longer exists;
// any other failure is reported, and the result is false. Misuse is passed on.
bool ignore_if_removed(const std::string& id, const std::function<void()>& action);

}  // namespace zoomin::cli
