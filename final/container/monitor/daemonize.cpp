// SPDX-License-Identifier: MIT
#include "container/monitor/daemonize.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/field_error.hpp"
#include "cgroup/joined_group.hpp"
#include "common/error.hpp"
#include "common/narration.hpp"
#include "common/paths.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"
#include "container/runtime/explain.hpp"
#include "security/self_protection.hpp"

namespace zoomin::container {

namespace {

// Closes the descriptors that this program inherited from its caller, which are those
// that aren't close-on-exec. Otherwise the caller's locks would stay held, and readers of
// its pipes would never see the end of file.
void close_callers_descriptors() {
  for (const auto& name : sys::list_directory("/proc/self/fd")) {
    const int fd = std::stoi(name);
    if (fd > STDERR_FILENO && ::fcntl(fd, F_GETFD) == 0) ::close(fd);
  }
}

void detach_from_caller(const std::string& title) {
  security::scrub_arguments(title);
  ::setsid();
  sys::chdir(sys::quiet, "/");
  const unique_fd null = sys::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) ::dup2(null.get(), fd);
  const auto ignored = ignored_signals();
  for (int number = 1; number < NSIG; ++number)
    if ((ignored >> (number - 1) & 1) != 0) ::signal(number, SIG_DFL);
  for (const int number : {SIGPIPE, SIGXFSZ}) ::signal(number, SIG_IGN);
}

// Sends a warning to the command. Drops it if the command no longer listens.
void send_warning(pid::gate& caller, std::string_view text) {
  try {
    caller.send(pid::message::warning, text);
  } catch (const sys::error&) {
  }
}

// Returns the first message of the child that isn't a warning. Throws its failure.
pid::message answer_of(pid::gate& child) try {
  std::string text;
  auto answer = child.receive(nullptr, &text);
  for (; answer == pid::message::warning; answer = child.receive(nullptr, &text))
    narration::warn(text);
  return answer;
} catch (const usage_error& failure) {
  base::throw_received(failure);
}

[[noreturn]] void run(const std::string& title, const daemon_work& work, pid::gate caller,
                      cgroup::joined_group group) {
  const narration::warning_scope warnings(
      [&](std::string_view text) { send_warning(caller, text); });
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

// Returns the environment variables that this program reads.
std::vector<std::string> own_environment() {
  std::vector<std::string> environment{"ZOOMIN_ROOT=" + root_directory(),
                                       "ZOOMIN_RUN=" + run_directory()};
  for (const char* name : {"COLUMNS", "NO_COLOR", "TERM"})
    if (const char* value = std::getenv(name))
      environment.push_back(fmt::format("{}={}", name, value));
  return environment;
}

// Returns the first argument for `program`, from which it finds its directory if it runs
// from memory.
std::string name_of(const std::string& program) {
  return program == own_program ? program_invocation_name : program;
}

[[noreturn]] void execute(const std::string& program,
                          const std::vector<std::string>& words,
                          const std::vector<int>& kept_fds, pid::gate caller) {
  try {
    sys::close_range(sys::quiet, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    for (const int fd : kept_fds)
      sys::check("fcntl", "F_SETFD", [&] { return ::fcntl(fd, F_SETFD, 0); });
    sys::execve(sys::quiet, program, words, own_environment());
  } catch (const std::exception& failure) {
    caller.report(failure);
    ::_exit(125);
  }
}

// Forks a child in the cgroup of the monitors. The child runs `inside`, which doesn't
// return. Returns this side's end of its gate.
pid::gate run_in_child(
    const std::function<void(pid::gate caller, cgroup::joined_group group)>& inside) {
  auto [parent, child] = pid::gate::make();
  cgroup::joined_group group("monitors");
  unique_fd pidfd;
  if (group.fork(&pidfd) == 0) {
    parent.close();
    inside(std::move(child), std::move(group));
  }
  return std::move(parent);
}

}  // namespace

void daemonize(const std::string& title, const daemon_work& work) {
  const auto detached_work = [&](pid::gate& caller) {
    close_callers_descriptors();
    work(caller);
  };
  auto child = run_in_child([&](pid::gate caller, cgroup::joined_group group) {
    run(title, detached_work, std::move(caller), std::move(group));
  });
  wait_until_ready(child);
}

void wait_until_ready(pid::gate& work) {
  if (answer_of(work) != pid::message::ready)
    throw sys::error(ECHILD, "gate", "monitor",
                     "the monitor ended before the command ran");
}

pid::gate launch(const std::string& program, std::vector<std::string> words,
                 const std::vector<int>& kept_fds) {
  return run_in_child([&](pid::gate caller, const cgroup::joined_group& group) {
    auto fds = kept_fds;
    words.insert(words.begin(), name_of(program));
    fds.push_back(caller.fd());
    words.insert(words.end(), {std::to_string(caller.fd()), group.v2_origin()});
    execute(program, words, fds, std::move(caller));
  });
}

void run_as_daemon(const std::string& title, launched from, const daemon_work& work) {
  ::prctl(PR_SET_NAME, "zoomin");  // the kernel has named it after /proc/self/exe
  run(title, work, std::move(from.caller), cgroup::joined_group("monitors", from.cgroup));
}

void detach_stderr() {
  const unique_fd null = sys::open("/dev/null", O_RDWR);
  ::dup2(null.get(), STDERR_FILENO);
}

}  // namespace zoomin::container
