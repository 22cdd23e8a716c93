// SPDX-License-Identifier: MIT
// stop_signals: lets a long command clean up after Ctrl-C.
//
// The first SIGINT, SIGTERM or SIGHUP requests the end. A second Ctrl-C ends the program
// at once, by the default action of SIGINT: the user sees no progress and doesn't want to
// wait, and the next command removes what is left, as after a SIGKILL. A second SIGTERM
// or SIGHUP does nothing, because timeout(1) and a terminal that is closed send two.
#pragma once

#include <functional>

#include "base/cancellation.hpp"

namespace zoomin::cli {

// Runs `work` with a cancellation that the signals request, also afterwards. A SIGHUP
// that nohup(1) has ignored stays ignored. Returns the exit status: 128 + the number of
// the first signal if `work` throws base::cancelled.
int run_interruptibly(const std::function<int(base::cancellation& stop)>& work);

}  // namespace zoomin::cli
