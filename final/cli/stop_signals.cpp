// SPDX-License-Identifier: MIT
#include "cli/stop_signals.hpp"

#include <signal.h>

#include <atomic>

namespace zoomin::cli {

namespace {

base::cancellation* requested_by_signals = nullptr;
std::atomic<int> first_stop_signal = 0;

void request_stop(int signal) {
  int none = 0;
  first_stop_signal.compare_exchange_strong(none, signal);
  requested_by_signals->request();
}

// Calls that the signal interrupts are continued, so that none of them fails.
void handle(int signal, int flags) {
  struct sigaction action {};
  action.sa_handler = request_stop;
  action.sa_flags = SA_RESTART | flags;
  ::sigaction(signal, &action, nullptr);
}

bool is_ignored(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

}  // namespace

int run_interruptibly(const std::function<int(base::cancellation& stop)>& work) {
  static base::cancellation stop;
  requested_by_signals = &stop;
  handle(SIGINT, static_cast<int>(SA_RESETHAND));
  handle(SIGTERM, 0);
  if (!is_ignored(SIGHUP)) handle(SIGHUP, 0);
  try {
    return work(stop);
  } catch (const base::cancelled&) {
    return 128 + first_stop_signal;
  }
}

}  // namespace zoomin::cli
