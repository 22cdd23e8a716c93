// SPDX-License-Identifier: MIT
// child: the owner's side of a new process. It opens the gate, waits for the process's
// end while it forwards signals, and takes the terminal back.
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "01-pid/pid.hpp"
#include "common/names.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"

namespace zoomin::pid {

namespace {

// After this many deadly signals that the kernel has dropped, PID 1 is killed.
constexpr int patience = 3;

sigset_t forwarded_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal :
       {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH})
    sigaddset(&set, signal);
  return set;
}

// Returns whether the process neither handles nor ignores `signal`. If it is a PID 1, the
// kernel drops the signal.
bool drops(pid_t pid, int signal) {
  for (const char* field : {"SigCgt", "SigIgn"}) {
    const auto mask = signals_in_status(pid, field);
    if (!mask || (*mask >> (signal - 1) & 1) != 0) return false;
  }
  return true;
}

// Handles Ctrl-Z: stops the child, then this process, and continues the child when this
// process is continued. It sends SIGSTOP, since a PID 1 would never receive SIGTSTP; from
// outside its namespace SIGSTOP stops even PID 1.
void stop_both(int pidfd, const foreground& terminal) {
  struct sigaction action {};
  ::sigaction(SIGTSTP, nullptr, &action);
  if (action.sa_handler == SIG_IGN)
    return;  // the caller ignores stops, as nohup(1) does hangups
  sys::pidfd_send_signal(pidfd, SIGSTOP);
  terminal.stop();
  sys::pidfd_send_signal(pidfd, SIGCONT);
}

// Tells the user about a deadly signal that PID 1 has dropped. Returns whether it has.
bool note_if_dropped(pid_t pid, int signal) {
  const bool deadly = signal == SIGINT || signal == SIGTERM || signal == SIGQUIT;
  if (!deadly || !drops(pid, signal)) return false;
  narration::note(fmt::format(
      "SIG{}: PID 1 has no handler for it, so the kernel drops it; use --init",
      signal_name(signal)));
  return true;
}

}  // namespace

child::child(pid_t id, unique_fd pidfd, gate host_end, const spawn_options& options)
    : id_(id),
      pidfd_(std::move(pidfd)),
      gate_(std::move(host_end)),
      moves_(options.unseen || options.before),
      forwards_(options.init) {}

child::~child() {
  if (!pidfd_) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

void child::release() {
  gate_.send(message::open);
  // If the child is replaced, the old process reports it; the new one may already have
  // reported that it is ready.
  for (bool ready = false; !ready || moves_;) {
    std::string text;
    const auto got = gate_.receive(&received_, &text);
    if (got == message::moved && std::exchange(moves_, false)) {
      follow(std::atoi(text.c_str()));
    } else if (got == message::ready && !ready) {
      ready = true;
    } else {
      throw sys::error(ECHILD, "gate", fmt::format("child {}", id_),
                       "the child ended before it was ready");
    }
  }
}

// Makes sure that `id` is a child of this process, since the container may have sent the
// message.
void child::follow(pid_t id) {
  siginfo_t status{};
  sys::check("waitid", fmt::format("{}", id), [&] {
    return ::waitid(P_PID, static_cast<id_t>(id), &status, WEXITED | WNOHANG | WNOWAIT);
  });
  pidfd_ = sys::pidfd_open(id);
  ::waitid(P_PID, static_cast<id_t>(std::exchange(id_, id)), &status, WEXITED);
}

void child::start() {
  // From now on signals are for the child: they stay pending until wait() forwards them.
  const sigset_t forwarded = forwarded_signals();
  ::sigprocmask(SIG_BLOCK, &forwarded, &caller_mask_);
  terminal_ = std::make_unique<foreground>(id_);
  gate_.send(message::open);
  gate_.receive();  // returns at the end of file: execve has closed the gate
  gate_.close();
}

exit_status child::wait() {
  const sigset_t forwarded = forwarded_signals();
  // Task 1.5 begins; the rest needs: siginfo_t result{};
  const unique_fd signals(sys::check(
      "signalfd", "", [&] { return ::signalfd(-1, &forwarded, SFD_CLOEXEC); }));
  std::array<pollfd, 2> ready{{{pidfd_.get(), POLLIN, 0}, {signals.get(), POLLIN, 0}}};
  int dropped = 0;
  while ((ready[0].revents & POLLIN) == 0) {
    if (::poll(ready.data(), ready.size(), -1) == -1) continue;
    signalfd_siginfo got{};
    if ((ready[1].revents & POLLIN) == 0) continue;
    if (::read(signals.get(), &got, sizeof got) != sizeof got) continue;
    const int signal = static_cast<int>(got.ssi_signo);
    if (signal == SIGTSTP) {
      stop_both(pidfd_.get(), *terminal_);
      continue;
    }
    // The terminal's signals (SI_KERNEL) reach the child too: it is in the same group.
    if (got.ssi_code != SI_KERNEL) kill(signal);
    if (!forwards_ && note_if_dropped(id_, signal) && ++dropped == patience)
      kill(SIGKILL);
  }
  siginfo_t result{};
  sys::check("waitid", fmt::format("{}", id_), [&] {
    return ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &result, WEXITED);
  });
  // Task 1.5 ends.
  narration::container_is_over();
  pidfd_.reset();
  terminal_.reset();
  ::sigprocmask(SIG_SETMASK, &caller_mask_, nullptr);
  if (result.si_code == CLD_EXITED) return {.code = result.si_status, .signal = 0};
  return {.code = 0, .signal = result.si_status};
}

void child::kill(int signal) { sys::pidfd_send_signal(pidfd_.get(), signal); }

}  // namespace zoomin::pid
