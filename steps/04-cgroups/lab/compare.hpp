// SPDX-License-Identifier: MIT
// compare: runs the article's containers A, B and C together on one host.
//
// Three cgroups with different limits have the same load: two endless loops, and a buffer
// that grows to 48 MiB. Each gets its share of CPU time; C reaches its memory
// limit before its buffer is complete. It takes 6 s (20 s on a slow machine), less than
// two processors and 150 MiB.
#pragma once

namespace zoomin::cgroup {

// Shows limits and usage, on a terminal redrawn in place, otherwise as lines. Needs root.
// Returns the exit status: 0 if C was killed at its limit, and A and B weren't.
int compare();

}  // namespace zoomin::cgroup
