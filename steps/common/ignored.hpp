// SPDX-License-Identifier: MIT
// ignored: finds the signals that this process ignores, so that only these are reset.
#pragma once

#include <cstdint>

namespace zoomin {

// Returns SigIgn of /proc/self/status, proc_pid_status(5): bit N-1 stands for signal N.
// All bits are set if that can't be read.
std::uint64_t ignored_signals();

}  // namespace zoomin
