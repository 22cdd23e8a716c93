// SPDX-License-Identifier: MIT
#include "common/pause.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "common/fd.hpp"

namespace zoomin::narration {

namespace {

void do_nothing(int) {}

}  // namespace

void survive_interrupts() noexcept { ::signal(SIGINT, do_nothing); }

blocked_interrupt::blocked_interrupt() {
  struct sigaction action {};
  action.sa_handler = do_nothing;
  ::sigaction(SIGINT, &action, &before_);
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  ::sigprocmask(SIG_BLOCK, &interrupt, &mask_before_);
}

blocked_interrupt::~blocked_interrupt() {
  ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  ::sigaction(SIGINT, &before_, nullptr);
}

// ppoll(2) unblocks SIGINT while it waits, so that none is lost between two calls.
bool blocked_interrupt::wait_for_enter() const {
  const unique_fd terminal(::open("/dev/tty", O_RDONLY | O_CLOEXEC));
  const int source = terminal ? terminal.get() : STDIN_FILENO;
  sigset_t mask = mask_before_;
  sigdelset(&mask, SIGINT);
  for (char c = 0; c != '\n';) {
    pollfd input{source, POLLIN, 0};
    if (::ppoll(&input, 1, nullptr, &mask) == -1) return errno != EINTR;
    if (::read(source, &c, 1) != 1) return true;
  }
  return true;
}

}  // namespace zoomin::narration
