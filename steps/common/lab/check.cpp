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

// The program that prove() runs, and what it is told to leave out.
struct tested {
  std::string program;
  std::vector<std::string> skip;
};

tested& current() {
  static tested one;
  return one;
}

std::vector<std::string> command_line(const std::vector<std::string>& options,
                                      const std::vector<std::string>& command) {
  std::vector<std::string> result{current().program, "--quiet"};
  for (const auto& name : current().skip) result.insert(result.end(), {"--skip", name});
  result.insert(result.end(), options.begin(), options.end());
  result.emplace_back("--");
  result.insert(result.end(), command.begin(), command.end());
  return result;
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

[[noreturn]] void prove_and_tell(const fact& fact, int out) {
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

// Empty where the fact holds, else why not. In a child with mounts of its own, shared as
// the host's are: what a broken program mounts there ends with the fact.
std::string disproof(const fact& fact) {
  std::array<int, 2> ends{};
  sys::check("pipe2", "check", [&] { return ::pipe2(ends.data(), O_CLOEXEC); });
  const unique_fd reads(ends[0]);
  unique_fd writes(ends[1]);
  const pid_t child = sys::check("fork", "check", [] { return ::fork(); });
  if (child == 0) prove_and_tell(fact, writes.get());
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
  bool result = true;
  for (const auto& one : facts) {
    const std::string why = disproof(one);
    result = result && why.empty();
    if (why.empty())
      fmt::print("ok   {:<8} {}\n", one.mechanism, one.sentence);
    else
      fmt::print("FAIL {:<8} {}: {}\n", one.mechanism, one.sentence, why);
    std::fflush(stdout);
    if (fail_fast && !result) break;
  }
  return result;
}

// Both, lest a stray variable let an omission loose on a real host.
bool under_test() { return std::getenv(mark) != nullptr && host::is_throw_away(); }

}  // namespace zoomin::check
