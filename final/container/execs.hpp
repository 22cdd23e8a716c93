// SPDX-License-Identifier: MIT
// execs: records of the processes that exec starts, in the run directory of their
// container. Their exit codes can be read until the container is started again or
// removed.
//
//   execs/<id>/   exec.json (what to run), state.json (exec_state), sock (the control
//                 socket of its event loop, while it runs); id: 64 hexadecimal digits
//
// The lock of an exec is flock(2) on its directory; its event loop holds it. No file is
// added to the directory after the first start, so that it can be removed at any time.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::container {

struct exec_options {
  std::vector<std::string> command;
  std::vector<std::string> environment;  // added to the container's own
  std::string user;                      // empty: the container's
  std::string directory;                 // empty: the container's
  bool terminal = false;
  bool has_input = false;
};

struct exec_state {
  bool started = false;
  bool running = false;
  pid_t pid = 0;      // on the host
  int exit_code = 0;  // once it has ended
};

struct exec_name {
  std::string container, id;
};

// The process in which the event loop of an exec runs.
enum class exec_owner {
  program,  // a zoomin that is executed; the caller may be a large program
  copy      // a copy of the caller, which starts half a millisecond faster
};

std::string directory_of(const exec_name& exec);

// Adds an exec that has not been started. If the container has 128 of them, removes the
// oldest that don't run.
exec_name add_exec(const std::string& container_id, const exec_options& options);
// Finds an exec by its id. Throws usage_error, "No such exec instance: X".
exec_name find_exec(const std::string& exec_id);

// Takes the lock of an exec in order to start it. Throws usage_error if it has been
// started before.
unique_fd hold_to_start(const exec_name& exec);
exec_options read_exec(const exec_name& exec);
// Returns the state of an exec. If its event loop was killed, the exec counts as ended by
// SIGKILL.
exec_state read_exec_state(const exec_name& exec);
// Writes the state of an exec. Does nothing if the exec has been removed together with
// its container.
void write_exec_state(const exec_name& exec, const exec_state& now);

// Returns the ids of the execs that have not ended.
std::vector<std::string> unfinished_execs(const std::string& container_id);
// Removes all execs of a container, before the container starts.
void clear_execs(const std::string& container_id);

}  // namespace zoomin::container
