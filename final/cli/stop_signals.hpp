// SPDX-License-Identifier: MIT
// stop_signals: lets a long command clean up when Ctrl-C ends it.
#pragma once

#include <atomic>
#include <functional>

namespace zoomin::cli {

// Runs `work` with a flag that SIGINT, SIGTERM and SIGHUP set. A second signal kills the
// process at once. If `work` then throws registry::interrupted, the result is the exit
// status 128 + the signal's number.
int run_interruptibly(const std::function<int(const std::atomic<bool>& stopped)>& work);

}  // namespace zoomin::cli
