// SPDX-License-Identifier: MIT
// pending_transition: a transition of a container that was requested, and that its caller
// completes later: several can be in progress at once.
#pragma once

#include <functional>

namespace zoomin::container {

struct pending_transition {
  int fd = -1;  // readable when finish() can proceed; -1: finish() doesn't wait
  // Waits for the end of the transition, then completes it. Call it once. Throws the
  // reason if the transition failed.
  std::function<int()> finish;
};

}  // namespace zoomin::container
