// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "common/names.hpp"
#include "common/sys.hpp"
#include "common/sys_flags.hpp"

namespace zoomin::sys {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const auto& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

// Only clone3 takes CLONE_PIDFD and CLONE_INTO_CGROUP; setns and unshare take the others.
constexpr std::array clone_flags{
    ZOOMIN_FLAG(CLONE_PIDFD),  ZOOMIN_FLAG(CLONE_NEWNS),  ZOOMIN_FLAG(CLONE_NEWCGROUP),
    ZOOMIN_FLAG(CLONE_NEWUTS), ZOOMIN_FLAG(CLONE_NEWIPC), ZOOMIN_FLAG(CLONE_NEWUSER),
    ZOOMIN_FLAG(CLONE_NEWPID), ZOOMIN_FLAG(CLONE_NEWNET), ZOOMIN_FLAG(CLONE_INTO_CGROUP)};

}  // namespace

std::string clone_flags_text(std::uint64_t flags) {
  return flags_text(flags, clone_flags);
}

pid_t clone3(const why& reason, std::uint64_t flags, int cgroup, unique_fd* pidfd) {
  int fd = -1;
  clone_args arguments{};
  arguments.flags = flags | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<std::uint64_t>(&fd);
  arguments.exit_signal = SIGCHLD;
  if (cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(cgroup);
  }
  bool child = false;
  const auto text = [&] {
    return fmt::format("clone3({})", clone_flags_text(arguments.flags));
  };
  const auto call = [&] {
    const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
    child = pid == 0;
    return pid;
  };
  // The call returns in the child as well; only the parent narrates it.
  if (narration::watched(reason) && narration::skipped(reason, text))
    throw usage_error("--skip clone3: without it there is no child");
  if (narration::watched(reason)) narration::pause(reason, text);
  const long pid = call();
  if (child) return 0;
  const int number = errno;
  if (narration::watched(reason)) narration::report(reason, text(), pid, number);
  if (pid == -1) throw error(number, "clone3", clone_flags_text(arguments.flags));
  *pidfd = unique_fd(fd);
  return static_cast<pid_t>(pid);
}

pid_t clone_beside(int cgroup) {
  clone_args arguments{};
  arguments.flags = CLONE_PARENT | CLONE_INTO_CGROUP;
  arguments.cgroup = static_cast<std::uint64_t>(cgroup);
  return static_cast<pid_t>(check("clone", "CLONE_PARENT", [&] {
    return cgroup < 0 ? ::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0)
                      : ::syscall(SYS_clone3, &arguments, sizeof arguments);
  }));
}

void unshare(const why& reason, int flags) {
  const auto names = [&] { return clone_flags_text(static_cast<unsigned>(flags)); };
  request(
      reason, "unshare", [&] { return fmt::format("unshare({})", names()); }, names,
      [&] { return ::unshare(flags); });
}

void setns(const why& reason, int fd, int flags) {
  const auto names = [&] { return clone_flags_text(static_cast<unsigned>(flags)); };
  request(
      reason, "setns", [&] { return fmt::format("setns({}, {})", fd, names()); }, names,
      [&] { return ::setns(fd, flags); });
}

void sethostname(const why& reason, const std::string& name) {
  request(
      reason, "sethostname",
      [&] { return fmt::format("sethostname({}, {})", quote(name), name.size()); },
      [&] { return name; }, [&] { return ::sethostname(name.data(), name.size()); });
}

void set_parent_death_signal(const why& reason, int signal) {
  const auto text = [&] {
    return fmt::format("prctl(PR_SET_PDEATHSIG, SIG{})", signal_name(signal));
  };
  request(
      reason, "prctl", text, [] { return "PR_SET_PDEATHSIG"; },
      [&] { return ::prctl(PR_SET_PDEATHSIG, signal); });
}

void close_range(const why& reason, unsigned first, unsigned last, unsigned flags) {
  const auto end = [&] {
    return last == ~0U ? std::string("~0") : fmt::format("{}", last);
  };
  const auto text = [&] {
    return fmt::format("close_range({}, {}, {})", first, end(),
                       flags == CLOSE_RANGE_CLOEXEC ? "CLOSE_RANGE_CLOEXEC" : "0");
  };
  request(
      reason, "close_range", text, [&] { return fmt::format("{} to {}", first, end()); },
      [&] { return ::close_range(first, last, static_cast<int>(flags)); });
}

void execve(const why& reason, const std::string& path,
            const std::vector<std::string>& arguments,
            const std::vector<std::string>& environment) {
  const auto argument_pointers = pointers(arguments);
  const auto environment_pointers = pointers(environment);
  const auto text = [&] {
    std::vector<std::string> shown;
    for (const auto& argument : arguments) shown.push_back(quote(argument));
    return fmt::format("execve({}, [{}])", quote(path), fmt::join(shown, ", "));
  };
  if (narration::watched(reason) && narration::skipped(reason, text))
    throw usage_error("--skip execve: without it there is no command");
  if (narration::watched(reason)) narration::pause(reason, text);
  if (narration::watched(reason)) narration::announce(reason, text());
  ::execve(path.c_str(), argument_pointers.data(), environment_pointers.data());
  const int number = errno;
  if (narration::watched(reason)) narration::report(reason, text(), -1, number);
  throw error(number, "execve", path);
}

unique_fd pidfd_open(pid_t pid) {
  return unique_fd(static_cast<int>(check("pidfd_open", fmt::format("{}", pid), [&] {
    return ::syscall(SYS_pidfd_open, pid, 0);
  })));
}

bool pidfd_send_signal(int pidfd, int signal) {
  const long result = ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);
  if (result == -1 && errno == ESRCH) return false;
  if (result == -1) throw error(errno, "pidfd_send_signal", fmt::format("{}", signal));
  return true;
}

}  // namespace zoomin::sys
