// SPDX-License-Identifier: MIT
// Unit tests of programs that are started and waited for.
#include "base/program.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "common/sys.hpp"
#include "support/catch.hpp"

using namespace zoomin;

TEST_CASE("a program succeeds only if its exit status is known to be 0") {
  using base::output_to;
  CHECK(base::run_program("true", {"true"}, output_to::nowhere));
  CHECK_FALSE(base::run_program("false", {"false"}, output_to::nowhere));
  const auto wait = [](pid_t program) {
    try {
      return base::wait_for_program(program);
    } catch (const sys::error& failure) {
      CHECK(failure.call() == "waitpid");
      return -failure.number();
    }
  };
  const pid_t program = base::start_program("sh", {"sh", "-c", "exit 7"}, {-1, -1, -1});
  CHECK(wait(program) == 7);
  CHECK(wait(program) == -ECHILD);  // it has been waited for already
  CHECK(wait(::getpid()) == -ECHILD);
}

TEST_CASE("a caller that ignores SIGCHLD doesn't hide a program's exit status") {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  const bool succeeds = base::run_program("false", {"false"}, base::output_to::nowhere);
  std::signal(SIGCHLD, before);
  CHECK_FALSE(succeeds);
}
