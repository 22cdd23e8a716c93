// SPDX-License-Identifier: MIT
// pid: a process born into namespaces of its own, held at a gate until its world is made.
//
// Kernel mechanism: clone3(2), namespaces(7), pid_namespaces(7), uts_namespaces(7).
// Order, and who does what:
//   host                             inside (the new process)
//   spawn()    clone3                waits at the gate
//   …makes its world (cgroup, network)
//   release()  opens the gate        runs `inside`: its own half of each mechanism
//              ready            <-   closes descriptors, asks to die with its parent
//   start()    opens it again        execve: becomes the command
//   wait()     forwards signals, collects the exit status
// The gate is a pair of connected sockets: its end of file tells the child that the owner
// died, and the owner that execve succeeded. So a container never outlives its owner.
//
// For single-threaded processes only: the child continues as a copy of the caller.
#pragma once

#include <sched.h>
#include <signal.h>
#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "01-pid/gate.hpp"
#include "common/fd.hpp"
#include "common/foreground.hpp"

namespace zoomin::pid {

struct spawn_options {
  std::uint64_t namespaces = CLONE_NEWPID | CLONE_NEWUTS;
  int cgroup = -1;                   // directory of a version 2 cgroup to be born into
  std::vector<std::string> command;  // argv; found in PATH of `environment`
  std::vector<std::string> environment;  // "NAME=value"
  bool init = false;                     // PID 1 reaps and forwards; the command is PID 2
  bool session = false;  // it leads one, setsid(2); a terminal at its stdin is that one's
  // Who is in the PID namespace that `inside` joined sees it (and could trace it) only
  // once `inside` is done, and has given up what isn't for them.
  bool unseen = false;
  // Where it is given: runs first, in a process that isn't in `cgroup`, and goes on, once
  // this is done, as a child of the same parent that is. It may join a PID namespace, and
  // who is there sees that child alone. Not together with `unseen`.
  std::function<void()> before{};
};

// How a process ended, waitid(2).
struct exit_status {
  int code = 0;    // its exit status
  int signal = 0;  // or what killed it
  [[nodiscard]] int status() const { return signal != 0 ? 128 + signal : code; }
};

class child {
 public:
  // `moves`: it goes on as another process, birth::unseen, before.
  child(pid_t id, unique_fd pidfd, gate host_end, bool moves = false);
  child(child&&) noexcept = default;
  child& operator=(child&&) = delete;
  ~child();  // kills and reaps a child that nobody waited for

  [[nodiscard]] pid_t id() const { return id_; }  // as the caller's namespace sees it
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }

  // Lets the child make its own half; returns when it is ready for execve. Throws what
  // `inside` threw. Descriptors that `inside` handed out are then in handed().
  void release();
  [[nodiscard]] std::vector<unique_fd>& handed() { return handed_; }
  // Lets it become the command; returns when it has. Throws sys::error("execve", …).
  void start();
  // Waits for its end. Signals that reach this process meanwhile go on to the child
  // (pid_namespaces(7) says which of them a PID 1 without handlers never sees).
  exit_status wait();
  void kill(int signal = SIGKILL);

 private:
  void follow(pid_t id);

  pid_t id_;
  unique_fd pidfd_;
  gate gate_;
  bool moves_;
  std::vector<unique_fd> handed_;
  sigset_t caller_mask_{};                // before start()
  std::unique_ptr<foreground> terminal_;  // lent from start() to the end
};

// Needs CAP_SYS_ADMIN. Throws sys::error. `inside` runs in the new process after
// release(), before the command; what it throws is thrown by release().
[[nodiscard]] child spawn(const spawn_options& options,
                          const std::function<void(gate&)>& inside);

// Inside: names this UTS namespace.
void set_hostname(const std::string& name);

// Moves this process into namespaces of another (CLONE_NEW… bits), setns(2). A PID
// namespace takes effect for children made afterwards.
void join(int pidfd, std::uint64_t namespaces);

// Throws usage_error where `name` can't be a hostname: 1 to 64 of [A-Za-z0-9.-].
void validate_hostname(const std::string& name);

// The value of NAME in {"NAME=value", …}; empty where it isn't there.
std::string variable(const std::vector<std::string>& environment,
                     const std::string& name);

// The file that execve will be given for `name`, as execvp(3) searches `path`. Throws
// sys::error("execve") with ENOENT or EACCES.
std::string find_program(const std::string& name, const std::string& path);

}  // namespace zoomin::pid
