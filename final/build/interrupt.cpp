// SPDX-License-Identifier: MIT
#include "build/interrupt.hpp"

#include <signal.h>
#include <sys/signalfd.h>

#include "common/call.hpp"

namespace zoomin::build {

interrupt::interrupt() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  fd_ = unique_fd(sys::check("signalfd", "SIGINT", [&] {
    return ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  }));
}

void interrupt::check() const {
  signalfd_siginfo arrived{};
  if (::read(fd_.get(), &arrived, sizeof arrived) == sizeof arrived)
    throw interrupted(static_cast<int>(arrived.ssi_signo));
}

}  // namespace zoomin::build
