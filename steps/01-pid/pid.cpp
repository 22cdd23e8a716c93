// SPDX-License-Identifier: MIT
#include "01-pid/pid.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <utility>

#include "01-pid/executable.hpp"
#include "01-pid/init.hpp"
#include "common/brief.hpp"
#include "common/process.hpp"
#include "common/record.hpp"
#include "common/sys.hpp"

namespace zoomin::pid {

using namespace sys;

namespace {

const narration::shared_line about_owner("deathsig", "descriptors",
                                         "ends with its owner, keeps no files");

struct kind {
  std::uint64_t flag;
  const narration::name* id;  // --skip leaves this one flag out of clone3
};

// The namespaces that a container can have, namespaces(7).
const std::array kinds{
    kind{CLONE_NEWPID, "clone3.pid"_id}, kind{CLONE_NEWUTS, "clone3.uts"_id},
    kind{CLONE_NEWIPC, "clone3.ipc"_id}, kind{CLONE_NEWNET, "clone3.net"_id},
    kind{CLONE_NEWNS, "clone3.mnt"_id}};

std::uint64_t without_skipped(std::uint64_t namespaces) {
  for (const auto& [flag, id] : kinds)
    if ((namespaces & flag) != 0 && narration::skips(id->text())) namespaces &= ~flag;
  return namespaces;
}

// Returns "pid, uts".
std::string names_of(std::uint64_t namespaces) {
  std::string names;
  for (const auto& [flag, id] : kinds)
    if ((namespaces & flag) != 0)
      names += (names.empty() ? "" : ", ") +
               std::string(id->text().substr(std::string_view("clone3.").size()));
  return names;
}

// Resets ignored and blocked signals, since execve resets only those with handlers,
// signal(7). It calls the kernel directly: glibc's sigaction(3) refuses two signals that
// glibc uses itself, and a posix_spawn(3) in a parent may have left just these ignored.
void reset_signals(std::uint64_t ignored) {
  constexpr std::array<unsigned long, 4> by_default{};  // SIG_DFL, no flags, no mask
  for (int signal = 1; signal < NSIG; ++signal)
    if ((ignored >> (signal - 1) & 1) != 0)
      ::syscall(SYS_rt_sigaction, signal, by_default.data(), nullptr, NSIG / 8);
  // Task 1.3 begins.
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Task 1.3 ends.
}

// Closes all descriptors but stdio, the gate's, the narration's and the record's. execve
// closes the last three.
void close_others(gate& to_host) {
  to_host.move_to(3);
  // Task 1.2 begins.
  close_range({"descriptors"_id, "no descriptor of the host stays open"},
              static_cast<unsigned>(narration::move_outputs(4)), ~0U);
  // Task 1.2 ends.
}

// Continues in a new child of the same parent, since a joined PID namespace applies to
// children only. The child starts in `cgroup` unless that is -1.
void continue_in_child(gate& to_host, int cgroup) {
  narration::show_brief();
  const pid_t id = clone_beside(cgroup);
  if (id == 0) return;
  to_host.send(message::moved, std::to_string(id));
  ::_exit(0);
}

void lead_session() {
  check("setsid", "", [] { return ::setsid(); });
  if (::isatty(STDIN_FILENO) == 1)
    check("ioctl", "TIOCSCTTY", [] { return ::ioctl(STDIN_FILENO, TIOCSCTTY, 0); });
}

void execute(const spawn_options& options) try {
  // Task 1.3 begins.
  const std::string file =
      find_program(options.command.at(0), variable(options.environment, "PATH"));
  execve({"execve"_id, "becomes the command", file}, file, options.command,
         options.environment);
  // Task 1.3 ends.
} catch (const sys::error& refused) {
  throw explained(refused);
}

// Runs the new process from clone3 to execve. Never returns.
[[noreturn]] void live(const spawn_options& options, gate to_host,
                       const std::function<void(gate&)>& inside) {
  narration::enter_container();
  try {
    if (to_host.receive() != message::open) ::_exit(125);
    if (options.before) {
      options.before();
      continue_in_child(to_host, options.cgroup);
    }
    const auto ignored = ignored_signals();  // while /proc is still the host's
    inside(to_host);
    if (options.unseen) {
      close_others(to_host);
      continue_in_child(to_host, -1);
    }
    if (options.session) lead_session();
    // Must follow the last change of credentials, which clears it:
    // PR_SET_PDEATHSIG(2const)
    // Task 1.2 begins.
    set_parent_death_signal({"deathsig"_id, "it dies when its owner dies"}, SIGKILL);
    close_others(to_host);
    to_host.send(message::ready);
    if (to_host.receive() != message::open) ::_exit(125);
    // Task 1.2 ends.
    if (options.init) become_init(to_host);
    reset_signals(ignored);
    execute(options);
  } catch (const std::exception& failure) {
    to_host.report(failure);
  }
  ::_exit(125);
}

}  // namespace

child spawn(const spawn_options& options, const std::function<void(gate&)>& inside) {
  // Task 1.1 begins.
  auto [host_end, inner_end] = gate::make();
  unique_fd pidfd;
  const auto namespaces = without_skipped(options.namespaces);
  const pid_t id = clone3({"clone3"_id, "new namespaces", names_of(namespaces)},
                          namespaces, options.before ? -1 : options.cgroup, &pidfd);
  if (id == 0) {
    host_end.close();
    live(options, std::move(inner_end), inside);
  }
  return {id, std::move(pidfd), std::move(host_end), options};
  // Task 1.1 ends.
}

void set_hostname(const std::string& name) {
  // Task 1.2 begins.
  sethostname({"hostname"_id, "its own hostname (UTS)", name}, name);
  // Task 1.2 ends.
}

void validate_hostname(const std::string& name) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.';
  };
  if (name.empty() || name.size() > 64 || !std::ranges::all_of(name, allowed))
    throw usage_error(fmt::format("--hostname {}: not a hostname", quote(name)),
                      "use 1 to 64 letters, digits, '-' and '.': hostname(7)");
}

}  // namespace zoomin::pid
