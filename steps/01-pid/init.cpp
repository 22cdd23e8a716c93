// SPDX-License-Identifier: MIT
#include "01-pid/init.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sys.hpp"

namespace zoomin::pid {

namespace {

// Reaps until the command has ended; gives its exit status once it has.
bool reap_all(pid_t command, int* status) {
  while (true) {
    int how = 0;
    const pid_t ended = ::waitpid(-1, &how, WNOHANG);
    if (ended <= 0) return false;
    if (ended != command) continue;
    *status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
    return true;
  }
}

}  // namespace

void become_init(gate& door) {
  sigset_t result;
  sigfillset(&result);
  ::sigprocmask(SIG_SETMASK, &result, nullptr);
  const pid_t command = sys::check("fork", "init", [] { return ::fork(); });
  if (command == 0) return;
  door.close();
  int status = 0;
  while (!reap_all(command, &status)) {
    siginfo_t what{};
    if (::sigwaitinfo(&result, &what) == -1 || what.si_signo == SIGCHLD) continue;
    // The terminal sends its signals to the whole foreground group: the command has it.
    if (what.si_code != SI_KERNEL) ::kill(command, what.si_signo);
  }
  ::_exit(status);
}

}  // namespace zoomin::pid
