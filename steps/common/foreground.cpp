// SPDX-License-Identifier: MIT
#include "common/foreground.hpp"

#include <signal.h>
#include <unistd.h>

namespace zoomin {

namespace {

// tcsetpgrp(3) from the background sends SIGTTOU to the caller, unless it is blocked.
void give_terminal_to(pid_t group) {
  sigset_t output, mask;
  sigemptyset(&output);
  sigaddset(&output, SIGTTOU);
  ::sigprocmask(SIG_BLOCK, &output, &mask);
  ::tcsetpgrp(STDIN_FILENO, group);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

}  // namespace

foreground::foreground(pid_t child) : child_(child), before_(::getpgrp()) {
  if (::tcgetattr(STDIN_FILENO, &settings_) != 0) return;
  if (before_ == 0) return;  // its leader is outside our PID namespace: can't be rejoined
  if (::tcgetpgrp(STDIN_FILENO) != before_ || ::getsid(0) == ::getpid()) return;
  lent_ = true;
  ::setpgid(child, child);
  lend();
}

foreground::~foreground() {
  if (!lent_) return;
  take_back();
  give_terminal_to(before_);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &settings_);
}

void foreground::lend() const {
  give_terminal_to(child_);
  ::setpgid(0, child_);
}

void foreground::take_back() const { ::setpgid(0, before_); }

void foreground::stop() const {
  if (!lent_) {
    ::raise(SIGSTOP);
    return;
  }
  take_back();
  ::raise(SIGSTOP);
  if (::tcgetpgrp(STDIN_FILENO) == before_) lend();
  ::kill(-child_, SIGCONT);
}

}  // namespace zoomin
