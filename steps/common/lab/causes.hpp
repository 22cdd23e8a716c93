// SPDX-License-Identifier: MIT
// causes: the likely mistake behind a kernel's answer, for the verdict of --self-check.
#pragma once

#include <string>

namespace zoomin::check {

// Returns a question that leads to the mistake behind `why`, the reason that a fact
// doesn't hold, such as "pivot_root(.): Invalid argument"; empty if none is known.
std::string likely_cause(const std::string& why);

// Returns the last message about an overlay that the kernel has logged since `begin`
// (CLOCK_MONOTONIC, seconds); empty if there is none.
std::string logged_by_the_kernel(double begin);

}  // namespace zoomin::check
