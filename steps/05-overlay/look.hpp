// SPDX-License-Identifier: MIT
// What a process's overlay looks like from both sides, and what a step program proves of
// it.
#pragma once

#include <vector>

#include "05-overlay/overlay.hpp"
#include "common/lab/check.hpp"
#include "common/look.hpp"

namespace zoomin::overlay {

// The overlay that is a process's root.
struct stack {
  std::vector<std::string> layers;  // topmost first, as the mount was given them
  std::string upper;                // empty: read-only
};
// From /proc/PID/mountinfo; no layers where its root is no overlay.
stack stack_of(pid_t pid);

std::vector<look::row> facts(pid_t pid);
std::vector<check::fact> proofs();
look::leftover leftovers(const std::string& directory);

// Lists on stderr what the writable layer holds, one change a line: "A /h".
void tell_changes(const writable& top, const std::vector<std::string>& layers);

}  // namespace zoomin::overlay
