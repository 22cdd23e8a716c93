// SPDX-License-Identifier: MIT
// daemonize: runs work that outlives the command that began it: a monitor, or the event
// loop of an exec.
//
// A monitor is this program, executed again: it has none of the caller's memory and
// connections, so the caller may be a large program. The event loop of an exec is a copy
// of the caller, which is faster.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "01-pid/gate.hpp"

namespace zoomin::container {

// Runs in a new process. It sends `ready` through the gate, or throws the reason why it
// can't start.
using daemon_work = std::function<void(pid::gate& caller)>;

// Runs `work` in a new process, a copy of this one, which ends when `work` returns. The
// new process is in the cgroup `zoomin/monitors`, in its own session, in "/", and without
// the caller's arguments, environment and descriptors. ps(1) shows `title`. Returns when
// `work` has sent `ready`; throws what it threw before that. The caller must then close
// whatever only `work` needs.
void daemonize(const std::string& title, const daemon_work& work);

// The program that this process runs.
constexpr const char* own_program = "/proc/self/exe";
// Executes `program`, a zoomin, in a new process. Its arguments are `words`, followed by
// the number of a gate and the caller's cgroup. Besides the gate and the standard
// descriptors, only `kept_fds` stay open, under the same numbers. The program must call
// run_as_daemon(). Returns the caller's end of the gate, which is readable when the work
// is ready or has failed.
pid::gate launch(const std::string& program, std::vector<std::string> words,
                 const std::vector<int>& kept_fds);
// Returns when the work of a launched program has sent `ready`; throws what it threw
// before that.
void wait_until_ready(pid::gate& work);

// The last two arguments of a program that launch() has executed.
struct launched {
  pid::gate caller;
  std::string cgroup;  // of the caller, in version 2
};
// Runs `work` in a program that launch() has executed, as daemonize() does.
[[noreturn]] void run_as_daemon(const std::string& title, launched from,
                                const daemon_work& work);

// Redirects stderr, which belongs to the caller until then, to /dev/null. `work` calls it
// once it is ready.
void detach_stderr();

}  // namespace zoomin::container
