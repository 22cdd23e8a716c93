// SPDX-License-Identifier: MIT
#include "container/monitor/daemonize.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cgroup/joined_group.hpp"
#include "common/error.hpp"
#include "common/ignored.hpp"
#include "common/sys.hpp"
#include "container/runtime/explain.hpp"
#include "security/self_protection.hpp"

namespace zoomin::container {

namespace {

// Closes the descriptors that were open when this program was started; its own are
// close-on-exec. Otherwise the caller's locks would stay held, and readers of its pipes
// would never see the end of file.
void close_callers_descriptors() {
  for (const auto& name : sys::list_directory("/proc/self/fd")) {
    const int fd = std::stoi(name);
    if (fd > STDERR_FILENO && ::fcntl(fd, F_GETFD) == 0) ::close(fd);
  }
}

void detach_from_caller(const std::string& title) {
  security::scrub_arguments(title);
  close_callers_descriptors();
  ::setsid();
  sys::chdir(sys::quiet, "/");
  const unique_fd null = sys::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) ::dup2(null.get(), fd);
  const auto ignored = ignored_signals();
  for (int number = 1; number < NSIG; ++number)
    if ((ignored >> (number - 1) & 1) != 0) ::signal(number, SIG_DFL);
  for (const int number : {SIGPIPE, SIGXFSZ}) ::signal(number, SIG_IGN);
}

[[noreturn]] void run_in_child(const std::string& title,
                               const std::function<void(pid::gate&)>& work,
                               pid::gate caller, cgroup::joined_group group) {
  try {
    detach_from_caller(title);
    arrow("to the daemon: a monitor process");
    group.join();
    work(caller);
    group.leave();
    ::_exit(0);
  } catch (const std::exception& failure) {
    caller.report(failure);
    group.leave();
    ::_exit(125);
  }
}

}  // namespace

void daemonize(const std::string& title, const std::function<void(pid::gate&)>& work) {
  auto [parent, child] = pid::gate::make();
  cgroup::joined_group group("monitors");
  unique_fd pidfd;
  if (group.fork(&pidfd) == 0) {
    parent.close();
    run_in_child(title, work, std::move(child), std::move(group));
  }
  child.close();
  if (parent.receive() != pid::message::ready)
    throw sys::error(ECHILD, "gate", "monitor",
                     "the monitor ended before the command ran");
}

void detach_stderr() {
  const unique_fd null = sys::open("/dev/null", O_RDWR);
  ::dup2(null.get(), STDERR_FILENO);
}

}  // namespace zoomin::container
