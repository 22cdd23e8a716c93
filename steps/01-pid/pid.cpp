// SPDX-License-Identifier: MIT
#include "01-pid/pid.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "01-pid/init.hpp"
#include "01-pid/refused.hpp"
#include "common/brief.hpp"
#include "common/ignored.hpp"
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

// Closes all descriptors but stdio, the gate, the narration's and its record's. execve
// closes these three.
void close_others(gate& door) {
  door.move_to(3);
  // Task 1.2 begins.
  close_range({"descriptors"_id, "no descriptor of the host stays open"},
              static_cast<unsigned>(narration::move_outputs(4)), ~0U);
  // Task 1.2 ends.
}

// Continues in a new child of the same parent, since a joined PID namespace applies to
// children only. The child starts in `cgroup` unless that is -1.
void continue_in_child(gate& door, int cgroup) {
  narration::show_brief();
  const pid_t id = clone_beside(cgroup);
  if (id == 0) return;
  door.send(message::moved, std::to_string(id));
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
[[noreturn]] void live(const spawn_options& options, gate door,
                       const std::function<void(gate&)>& inside) {
  narration::enter_container();
  try {
    if (door.receive() != message::open) ::_exit(125);
    if (options.before) {
      options.before();
      continue_in_child(door, options.cgroup);
    }
    const auto ignored = ignored_signals();  // while /proc is still the host's
    inside(door);
    if (options.unseen) {
      close_others(door);
      continue_in_child(door, -1);
    }
    if (options.session) lead_session();
    // Must follow the last change of credentials, which clears it:
    // PR_SET_PDEATHSIG(2const)
    // Task 1.2 begins.
    set_parent_death_signal({"deathsig"_id, "it dies when its owner dies"}, SIGKILL);
    close_others(door);
    door.send(message::ready);
    if (door.receive() != message::open) ::_exit(125);
    // Task 1.2 ends.
    if (options.init) become_init(door);
    reset_signals(ignored);
    execute(options);
  } catch (const std::exception& failure) {
    door.report(failure);
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
  check("waitid", fmt::format("{}", id), [&] {
    return ::waitid(P_PID, static_cast<id_t>(id), &status, WEXITED | WNOHANG | WNOWAIT);
  });
  pidfd_ = pidfd_open(id);
  ::waitid(P_PID, static_cast<id_t>(std::exchange(id_, id)), &status, WEXITED);
}

void child::kill(int signal) { pidfd_send_signal(pidfd_.get(), signal); }

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

std::string variable(const std::vector<std::string>& environment,
                     const std::string& name) {
  for (const auto& entry : environment)
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  return {};
}

std::string find_program(const std::string& name, const std::string& path) {
  if (name.find('/') != std::string::npos) return name;
  int failure = ENOENT;
  for (std::size_t begin = 0; !name.empty() && begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string file = path.substr(begin, end - begin) + "/" + name;
    struct stat found {};
    if (::stat(file.c_str(), &found) == 0 && S_ISREG(found.st_mode)) {
      if ((found.st_mode & 0111) != 0) return file;
      failure = EACCES;
    }
    begin = end + 1;
  }
  throw sys::error(failure, "execve", name, fmt::format("looked for it in {}", path));
}

}  // namespace zoomin::pid
