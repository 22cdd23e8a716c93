// SPDX-License-Identifier: MIT
#include "base/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::base {

pipe_ends make_pipe(const std::string& name) {
  std::array<int, 2> ends{};
  sys::check("pipe2", name, [&] { return ::pipe2(ends.data(), O_CLOEXEC); });
  return {unique_fd(ends[0]), unique_fd(ends[1])};
}

pid_t start_program(const std::string& path, const std::vector<std::string>& words,
                    const program_streams& streams, const std::string& hint) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  const auto connect = [&](int from, int to) {
    if (from == -1)
      ::posix_spawn_file_actions_addopen(&files, to, "/dev/null", O_RDWR, 0);
    else
      ::posix_spawn_file_actions_adddup2(&files, from, to);
  };
  connect(streams.input, STDIN_FILENO);
  connect(streams.output, STDOUT_FILENO);
  connect(streams.errors, STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t all_signals, no_signals;
  ::sigfillset(&all_signals);
  ::sigemptyset(&no_signals);
  ::posix_spawnattr_setsigdefault(&attributes, &all_signals);
  ::posix_spawnattr_setsigmask(&attributes, &no_signals);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  std::vector<char*> pointers;
  for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  pid_t child = -1;
  // If our caller ignores SIGCHLD, we have inherited that, and the kernel would discard
  // the exit status: waitpid(2), ECHILD.
  ::signal(SIGCHLD, SIG_DFL);
  const int failure =
      ::posix_spawnp(&child, path.c_str(), &files, &attributes, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (failure != 0) throw sys::error(failure, "execve", path, hint);
  return child;
}

int wait_for_program(pid_t program) {
  int status = 0;
  sys::check("waitpid", std::to_string(program), [&] {
    pid_t ended = -1;
    do ended = ::waitpid(program, &status, 0);
    while (ended == -1 && errno == EINTR);
    return ended;
  });
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool run_program(const std::string& path, const std::vector<std::string>& words,
                 output_to output) {
  const int out = output == output_to::nowhere ? -1 : STDERR_FILENO;
  return wait_for_program(
             start_program(path, words, {STDIN_FILENO, out, STDERR_FILENO})) == 0;
}

}  // namespace zoomin::base
