// SPDX-License-Identifier: MIT
// ignored: which signals this process ignores, so that no other need be reset.
#pragma once

#include <cstdint>

namespace zoomin {

// Bit N-1 stands for signal N: SigIgn of /proc/self/status, proc_pid_status(5). All bits
// are set where that can't be read.
std::uint64_t ignored_signals();

}  // namespace zoomin
