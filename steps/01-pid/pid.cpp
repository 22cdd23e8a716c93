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
#include "common/ignored.hpp"
#include "common/sys.hpp"

namespace zoomin::pid {

using namespace sys;

namespace {

struct kind {
  std::uint64_t flag;
  const narration::name* id;  // --skip leaves this one flag out of clone3
};

// The namespaces a container can have, namespaces(7).
const std::array kinds{
    kind{CLONE_NEWPID, "clone3.pid"_id}, kind{CLONE_NEWUTS, "clone3.uts"_id},
    kind{CLONE_NEWIPC, "clone3.ipc"_id}, kind{CLONE_NEWNET, "clone3.net"_id},
    kind{CLONE_NEWNS, "clone3.mnt"_id}};

std::uint64_t without_skipped(std::uint64_t namespaces) {
  for (const auto& [flag, id] : kinds)
    if ((namespaces & flag) != 0 && narration::skips(id->text())) namespaces &= ~flag;
  return namespaces;
}

// Handlers are gone after execve, but what is ignored or blocked stays so, signal(7). By
// the kernel's own call, since glibc's leaves out two signals of its own, and those are
// what a posix_spawn(3) further up has left ignored.
void reset_signals(std::uint64_t ignored) {
  constexpr std::array<unsigned long, 4> by_default{};  // SIG_DFL, no flags, no mask
  for (int number = 1; number < NSIG; ++number)
    if ((ignored >> (number - 1) & 1) != 0)
      ::syscall(SYS_rt_sigaction, number, by_default.data(), nullptr, NSIG / 8);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Where it is told on a descriptor of its own, and not on stderr.
bool move_narration(int number) {
  const int fd = narration::told_on();
  if (fd <= STDERR_FILENO) return false;
  if (fd != number)
    check("dup3", "narration", [&] { return ::dup3(fd, number, O_CLOEXEC); });
  narration::tell_on(number);
  return true;
}

// The gate alone stays open until execve closes it, and what the story is told on.
void close_others(gate& door) {
  door.move_to(3);
  close_range({"descriptors"_id, "nothing of the host's stays open"},
              move_narration(4) ? 5 : 4, ~0U);
}

// A PID namespace that was joined is for children alone: so it goes on as one, which is
// born into `cgroup` where that isn't -1.
void move_on(gate& door, int cgroup) {
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

void become(const spawn_options& options) try {
  const std::string file =
      find_program(options.command.at(0), variable(options.environment, "PATH"));
  execve({"execve"_id, "becomes the command"}, file, options.command,
         options.environment);
} catch (const sys::error& refused) {
  throw explained(refused);
}

// The new process, from its first breath to execve. Never returns.
[[noreturn]] void live(const spawn_options& options, gate door,
                       const std::function<void(gate&)>& inside) {
  narration::enter_container();
  try {
    if (door.receive() != message::open) ::_exit(125);
    if (options.before) {
      options.before();
      move_on(door, options.cgroup);
    }
    const auto ignored = ignored_signals();  // while /proc is still the host's
    inside(door);
    if (options.unseen) {
      close_others(door);
      move_on(door, -1);
    }
    if (options.session) lead_session();
    // After the last change of credentials, which clears it. PR_SET_PDEATHSIG(2const)
    set_parent_death_signal({"deathsig"_id, "if its owner dies, it dies"}, SIGKILL);
    close_others(door);
    door.send(message::ready);
    if (door.receive() != message::open) ::_exit(125);
    if (options.init) become_init(door);
    reset_signals(ignored);
    become(options);
  } catch (const std::exception& failure) {
    door.report(failure);
  }
  ::_exit(125);
}

}  // namespace

child spawn(const spawn_options& options, const std::function<void(gate&)>& inside) {
  auto [host_end, inner_end] = gate::make();
  unique_fd pidfd;
  const pid_t id = clone3({"clone3"_id, "a child in namespaces of its own"},
                          without_skipped(options.namespaces),
                          options.before ? -1 : options.cgroup, &pidfd);
  if (id == 0) {
    host_end.close();
    live(options, std::move(inner_end), inside);
  }
  return {id, std::move(pidfd), std::move(host_end), options.unseen || options.before};
}

void child::release() {
  gate_.send(message::open);
  // One that moves on says so itself, while the other one may be ready already.
  for (bool ready = false; !ready || moves_;) {
    std::string text;
    const auto got = gate_.receive(&handed_, &text);
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

// Whoever says so, it is a child of ours: the message may be the container's.
void child::follow(pid_t id) {
  siginfo_t its{};
  check("waitid", fmt::format("{}", id), [&] {
    return ::waitid(P_PID, static_cast<id_t>(id), &its, WEXITED | WNOHANG | WNOWAIT);
  });
  pidfd_ = pidfd_open(id);
  ::waitid(P_PID, static_cast<id_t>(std::exchange(id_, id)), &its, WEXITED);
}

void child::kill(int signal) { pidfd_send_signal(pidfd_.get(), signal); }

void set_hostname(const std::string& name) {
  sethostname({"hostname"_id, "its own name (UTS)"}, name);
}

void join(int pidfd, std::uint64_t namespaces) {
  setns({"join"_id, "into the container's namespaces"}, pidfd,
        static_cast<int>(namespaces));
}

void validate_hostname(const std::string& name) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.';
  };
  if (name.empty() || name.size() > 64 || !std::ranges::all_of(name, allowed))
    throw usage_error(fmt::format("--hostname {}: not a hostname", quote(name)),
                      "1 to 64 letters, digits, '-' and '.': hostname(7)");
}

std::string variable(const std::vector<std::string>& environment,
                     const std::string& name) {
  for (const auto& one : environment)
    if (one.starts_with(name + "=")) return one.substr(name.size() + 1);
  return {};
}

std::string find_program(const std::string& name, const std::string& path) {
  if (name.find('/') != std::string::npos) return name;
  int why_not = ENOENT;
  for (std::size_t begin = 0; !name.empty() && begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string file = path.substr(begin, end - begin) + "/" + name;
    struct stat found {};
    if (::stat(file.c_str(), &found) == 0 && S_ISREG(found.st_mode)) {
      if ((found.st_mode & 0111) != 0) return file;
      why_not = EACCES;
    }
    begin = end + 1;
  }
  throw sys::error(why_not, "execve", name, fmt::format("looked for it in {}", path));
}

}  // namespace zoomin::pid
