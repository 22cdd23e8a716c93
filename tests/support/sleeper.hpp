// SPDX-License-Identifier: MIT
// sleeper: a process that does nothing, for tests that move or kill one.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/process.hpp"

namespace zoomin::test {

class sleeper {
 public:
  sleeper() : pid_(::fork()) {
    if (pid_ != 0) return;
    ::execlp("sleep", "sleep", "60", nullptr);
    ::_exit(127);
  }
  sleeper(const sleeper&) = delete;
  sleeper& operator=(const sleeper&) = delete;
  ~sleeper() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t id() const { return pid_; }
  [[nodiscard]] bool alive() const {
    const auto state = status_field(pid_, "State");
    return !state.empty() && state[0] != 'Z';
  }

 private:
  pid_t pid_;
};

}  // namespace zoomin::test
