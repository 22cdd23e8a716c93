// SPDX-License-Identifier: MIT
#include "container/monitor/daemonize.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "04-cgroups/membership.hpp"
#include "common/error.hpp"
#include "common/ignored.hpp"
#include "common/sys.hpp"
#include "container/runtime/explain.hpp"
#include "security/self_protection.hpp"

namespace zoomin::container {

namespace {

// Closes the descriptors that were open when this program was started; its own are
// close-on-exec. Otherwise the caller's locks would stay held, and its pipes would never
// end.
void close_callers_descriptors() {
  for (const auto& name : sys::list_directory("/proc/self/fd")) {
    const int fd = std::stoi(name);
    if (fd > STDERR_FILENO && ::fcntl(fd, F_GETFD) == 0) ::close(fd);
  }
}

void leave_the_caller(const std::string& title) {
  security::scrub_arguments(title);
  close_callers_descriptors();
  ::setsid();
  sys::chdir(sys::quiet, "/");
  const unique_fd null = sys::open("/dev/null", O_RDWR);
  for (const int one : {STDIN_FILENO, STDOUT_FILENO}) ::dup2(null.get(), one);
  const auto ignored = ignored_signals();
  for (int number = 1; number < NSIG; ++number)
    if ((ignored >> (number - 1) & 1) != 0) ::signal(number, SIG_DFL);
  for (const int one : {SIGPIPE, SIGXFSZ}) ::signal(one, SIG_IGN);
}

[[noreturn]] void carry_out(const std::string& title,
                            const std::function<void(pid::gate&)>& work, pid::gate caller,
                            cgroup::joined_group group) {
  try {
    leave_the_caller(title);
    arrow("to the daemon: a monitor of its own");
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
  auto [ours, its] = pid::gate::make();
  cgroup::joined_group group("monitors");
  unique_fd pidfd;
  if (group.fork(&pidfd) == 0) {
    ours.close();
    carry_out(title, work, std::move(its), std::move(group));
  }
  its.close();
  if (ours.receive() != pid::message::ready)
    throw sys::error(ECHILD, "gate", "monitor", "it ended before the command ran");
}

void close_messages() {
  const unique_fd null = sys::open("/dev/null", O_RDWR);
  ::dup2(null.get(), STDERR_FILENO);
}

}  // namespace zoomin::container
