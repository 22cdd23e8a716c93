// SPDX-License-Identifier: MIT
// stop_signals: lets a long command clean up after Ctrl-C.
#pragma once

#include <atomic>
#include <functional>

namespace zoomin::cli {

// Runs `work` with a flag that is set by SIGINT, SIGTERM and SIGHUP. A second signal
// kills the process at once. Returns the exit status: 128 + the signal's number if `work`
// throws registry::interrupted.
int run_interruptibly(const std::function<int(const std::atomic<bool>& stopped)>& work);

}  // namespace zoomin::cli
