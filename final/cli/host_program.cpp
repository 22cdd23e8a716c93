// SPDX-License-Identifier: MIT
#include "cli/host_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/error.hpp"
#include "common/fd.hpp"
#include "common/sys.hpp"

namespace zoomin::cli {

namespace {

struct pipe_ends {
  unique_fd read, write;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  sys::check("pipe2", "ps", [&] { return ::pipe2(ends.data(), O_CLOEXEC); });
  return {unique_fd(ends[0]), unique_fd(ends[1])};
}

// Starts the program, and resets the signals that this process ignores.
pid_t spawn(const std::vector<std::string>& words, int output, int errors) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t signals;
  ::sigfillset(&signals);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> pointers;
  for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  pid_t child = -1;
  const int failure =
      ::posix_spawnp(&child, pointers[0], &files, &attributes, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (failure != 0)
    throw sys::error(failure, "execve", words[0], "is it installed on the host?");
  return child;
}

// Returns false at the end of file.
bool read_some(const unique_fd& from, std::string& into) {
  std::array<char, 64UL << 10> buffer;
  const auto got = ::read(from.get(), buffer.data(), buffer.size());
  if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 || (got == -1 && errno == EINTR);
}

}  // namespace

program_result run_host_program(const std::vector<std::string>& words) {
  auto out = make_pipe(), err = make_pipe();
  const pid_t child = spawn(words, out.write.get(), err.write.get());
  out.write.reset();
  err.write.reset();
  program_result result;
  while (out.read || err.read) {
    std::array<pollfd, 2> events{
        {{out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
    ::poll(events.data(), events.size(), -1);
    if (events[0].revents != 0 && !read_some(out.read, result.output)) out.read.reset();
    if (events[1].revents != 0 && !read_some(err.read, result.errors)) err.read.reset();
  }
  int status = 0;
  while (::waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace zoomin::cli
