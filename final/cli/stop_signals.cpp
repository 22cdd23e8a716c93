// SPDX-License-Identifier: MIT
#include "cli/stop_signals.hpp"

#include <signal.h>

#include "registry/http.hpp"

namespace zoomin::cli {

namespace {

std::atomic<bool> stopped = false;
std::atomic<int> last_signal = 0;

void stop(int number) {
  last_signal = number;
  stopped = true;
}

}  // namespace

int run_interruptibly(const std::function<int(const std::atomic<bool>&)>& work) {
  struct sigaction action {};
  action.sa_handler = stop;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    ::sigaction(number, &action, nullptr);
  try {
    return work(stopped);
  } catch (const registry::interrupted&) {
    return 128 + last_signal;
  }
}

}  // namespace zoomin::cli
