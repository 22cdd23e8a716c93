// SPDX-License-Identifier: MIT
// pid: makes a process in new namespaces, which waits at a gate until the host has set up
// its resources.
//
// Kernel mechanism: clone3(2), namespaces(7), pid_namespaces(7), uts_namespaces(7).
// Order, and who does what:
//   host                             inside (the new process)
//   spawn()    clone3                waits at the gate
//   …sets up its cgroup and network
//   release()  opens the gate        runs `inside`: its own half of each mechanism
//              ready            <-   closes descriptors, asks to die with its parent
//   start()    opens it again        execve: becomes the command
//   wait()     forwards signals, collects the exit status
// The gate is a pair of connected sockets. An end of file means to the child that the
// owner has died, and to the owner that execve has succeeded. So a container never
// outlives its owner.
//
// The caller must be single-threaded: the child continues as a copy of it.
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
  int cgroup = -1;                   // directory of a version 2 cgroup, CLONE_INTO_CGROUP
  std::vector<std::string> command;  // argv; found in PATH of `environment`
  std::vector<std::string> environment;  // "NAME=value"
  bool init = false;                     // PID 1 reaps and forwards; the command is PID 2
  bool session = false;  // leads a session, setsid(2); controls the terminal at its stdin
  // The process enters the PID namespace that `inside` has joined last: processes in it
  // must not see, or ptrace, the new process before it has dropped its privileges.
  bool unseen = false;
  // If set, it runs first, in a process outside `cgroup`, and may join a PID namespace.
  // Then that process is replaced by a child of the same parent in that namespace and in
  // `cgroup`, and only this child is visible there. Can't be combined with `unseen`.
  std::function<void()> before{};
};

// How a process ended, waitid(2).
struct exit_status {
  int code = 0;    // its exit status
  int signal = 0;  // or the signal that killed it
  [[nodiscard]] int status() const { return signal != 0 ? 128 + signal : code; }
};

class child {
 public:
  // A process that was made with these options.
  child(pid_t id, unique_fd pidfd, gate host_end, const spawn_options& options);
  child(child&&) noexcept = default;
  child& operator=(child&&) = delete;
  ~child();  // kills and reaps the child unless wait() has done so

  [[nodiscard]] pid_t id() const { return id_; }  // in the caller's PID namespace
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }

  // Opens the gate, and waits until the child has run `inside` and is ready for execve.
  // Throws the exceptions of `inside`. Its gate::send_descriptor() fills
  // received_descriptors().
  void release();
  [[nodiscard]] std::vector<unique_fd>& received_descriptors() { return received_; }
  // Lets the child execute the command; returns when it does. Throws
  // sys::error("execve", …).
  void start();
  // Waits for the child's end. Forwards signals that reach this process meanwhile
  // (pid_namespaces(7) says which of them a PID 1 without handlers never receives).
  exit_status wait();
  void kill(int signal = SIGKILL);

 private:
  void follow(pid_t id);

  pid_t id_;
  unique_fd pidfd_;
  gate gate_;
  bool moves_;     // another process will replace it: spawn_options::unseen, before
  bool forwards_;  // it receives all signals, for the command: spawn_options::init
  std::vector<unique_fd> received_;
  sigset_t caller_mask_{};                // before start()
  std::unique_ptr<foreground> terminal_;  // lent from start() to the end
};

// Makes a process in new namespaces. It runs `inside` after release(), before the
// command; release() throws the exceptions of `inside`. Needs CAP_SYS_ADMIN. Throws
// sys::error.
[[nodiscard]] child spawn(const spawn_options& options,
                          const std::function<void(gate&)>& inside);

// Sets the hostname of this process's UTS namespace. Call it in the container.
void set_hostname(const std::string& name);

// Throws usage_error unless `name` is a hostname: 1 to 64 of [A-Za-z0-9.-].
void validate_hostname(const std::string& name);

}  // namespace zoomin::pid
