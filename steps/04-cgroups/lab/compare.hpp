// SPDX-License-Identifier: MIT
// compare: the article's containers A, B and C, side by side on one host.
//
// The same load in three cgroups with different limits: two endless loops, and a buffer
// that grows to 48 MiB. Each gets the processors' time it was given; C's memory ends
// before its buffer does. Bounded: 6 s (on a slow machine
// 20), less than two processors, 150 MiB.
#pragma once

namespace zoomin::cgroup {

// Shows limits and usage, live: redrawn in place on a terminal, plain lines elsewhere.
// Needs root. The exit status: 0 where C was killed at its limit and A and B weren't.
int compare();

}  // namespace zoomin::cgroup
