// SPDX-License-Identifier: MIT
#include "common/lab/check.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "common/fd.hpp"
#include "common/lab/lab_host.hpp"
#include "common/sys.hpp"

namespace zoomin::check {

namespace {

constexpr const char* mark = "ZOOMIN_UNDER_TEST";

// The program that prove() runs, and the requests that it is to leave out.
struct tested {
  std::string program;
  std::vector<std::string> skip;
};

tested& current() {
  static tested instance;
  return instance;
}

std::vector<std::string> command_line(const std::vector<std::string>& options,
                                      const std::vector<std::string>& command) {
  std::vector<std::string> line{current().program, "--quiet"};
  for (const auto& name : current().skip) line.insert(line.end(), {"--skip", name});
  line.insert(line.end(), options.begin(), options.end());
  line.emplace_back("--");
  line.insert(line.end(), command.begin(), command.end());
  return line;
}

}  // namespace

subject::subject(const std::vector<std::string>& options,
                 const std::vector<std::string>& command)
    : subprocess(command_line(options, command)) {}

run_result run(const std::vector<std::string>& options,
               const std::vector<std::string>& command, int seconds) {
  return run_to_end(command_line(options, command), seconds);
}

namespace {

[[noreturn]] void prove_and_report(const fact& fact, int out) {
  std::string why;
  try {
    sys::unshare(sys::quiet, CLONE_NEWNS);
    sys::mount(sys::quiet, "", "/", "", MS_REC | MS_PRIVATE);
    sys::mount(sys::quiet, "", "/", "", MS_REC | MS_SHARED);
    fact.prove();
  } catch (const std::exception& failure) {
    why = failure.what();
    if (why.empty()) why = "no reason was given";
  }
  [[maybe_unused]] const auto ignored = ::write(out, why.data(), why.size());
  std::fflush(nullptr);
  ::_exit(0);
}

// Returns why the fact doesn't hold; empty if it does. It is proved in a child with its
// own mount namespace, whose mounts are shared as the host's are, so that the mounts of a
// broken program end with the fact.
std::string disproof(const fact& fact) {
  std::array<int, 2> ends{};
  sys::check("pipe2", "check", [&] { return ::pipe2(ends.data(), O_CLOEXEC); });
  const unique_fd reads(ends[0]);
  unique_fd writes(ends[1]);
  const pid_t child = sys::check("fork", "check", [] { return ::fork(); });
  if (child == 0) prove_and_report(fact, writes.get());
  writes.reset();
  std::string why = sys::read_all(reads.get(), "check");
  int how = 0;
  while (::waitpid(child, &how, 0) == -1 && errno == EINTR) {
  }
  return how == 0 ? why : "the check itself died";
}

}  // namespace

bool prove(const std::string& program, const std::vector<std::string>& skip,
           const std::vector<fact>& facts, bool fail_fast) {
  current() = {program, skip};
  ::setenv(mark, "1", 1);
  bool all_hold = true;
  for (const auto& fact : facts) {
    const std::string why = disproof(fact);
    all_hold = all_hold && why.empty();
    if (why.empty())
      fmt::print("ok   {:<8} {}\n", fact.mechanism, fact.sentence);
    else
      fmt::print("FAIL {:<8} {}: {}\n", fact.mechanism, fact.sentence, why);
    std::fflush(stdout);
    if (fail_fast && !all_hold) break;
  }
  return all_hold;
}

// The variable alone isn't enough: if it were set by accident, --skip would leave out a
// request on the real host.
bool under_test() { return std::getenv(mark) != nullptr && host::is_throw_away(); }

}  // namespace zoomin::check
