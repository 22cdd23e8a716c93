// SPDX-License-Identifier: MIT
#include "common/lab/check.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "common/fd.hpp"
#include "common/lab/causes.hpp"
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

namespace {

struct proved {
  const fact* about;
  std::string why;  // why it doesn't hold; empty if it does
};

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Shows on a terminal that something happens until the report is printed.
void show_progress(std::size_t done, std::size_t total) {
  const char* type = std::getenv("TERM");
  if (::isatty(STDERR_FILENO) == 0 || type == nullptr || std::string(type) == "dumb")
    return;
  fmt::print(stderr, "\r\x1b[K");
  if (done < total) fmt::print(stderr, "fact {} of {}", done + 1, total);
  std::fflush(stderr);
}

std::vector<proved> prove_each(const std::vector<fact>& facts, bool fail_fast) {
  std::vector<proved> results;
  for (const auto& fact : facts) {
    show_progress(results.size(), facts.size());
    results.push_back({&fact, disproof(fact)});
    if (fail_fast && !results.back().why.empty()) break;
  }
  show_progress(facts.size(), facts.size());
  return results;
}

void print_verdict(const proved& first, double begin) {
  fmt::print("Begin here: {}: {}: {}\n", first.about->mechanism, first.about->sentence,
             first.why);
  if (const std::string cause = likely_cause(first.why); !cause.empty())
    fmt::print("hint: {}\n", cause);
  if (const std::string logged = logged_by_the_kernel(begin);
      !logged.empty() && first.why.find("overlay") != std::string::npos)
    fmt::print("the kernel's log: {}\n", logged);
  fmt::print("\n");
}

// Prints the facts in order. If one fails for a reason that was printed, it is counted.
void print_facts(const std::vector<proved>& results) {
  std::map<std::string, int> times;
  for (const auto& [about, why] : results) {
    if (why.empty())
      fmt::print("ok   {:<8} {}\n", about->mechanism, about->sentence);
    else if (times[why]++ == 0)
      fmt::print("FAIL {:<8} {}: {}\n", about->mechanism, about->sentence, why);
  }
  for (const auto& [why, count] : times)
    if (count > 1)
      fmt::print("{} more {} for the same reason: {}\n", count - 1,
                 count == 2 ? "fact fails" : "facts fail", why);
}

void print_json(const std::vector<proved>& results) {
  for (const auto& [about, why] : results) {
    nlohmann::ordered_json line{{"mechanism", about->mechanism},
                                {"fact", about->sentence},
                                {"holds", why.empty()}};
    if (!why.empty()) line["why"] = why;
    if (const std::string cause = likely_cause(why); !why.empty() && !cause.empty())
      line["hint"] = cause;
    fmt::print("{}\n",
               line.dump(-1, ' ', false, decltype(line)::error_handler_t::replace));
  }
}

}  // namespace

bool prove(const std::string& program, const std::vector<std::string>& skip,
           std::vector<fact> facts, report_options options) {
  current() = {program, skip};
  ::setenv(mark, "1", 1);
  const double begin = now();
  const std::string own = facts.back().mechanism;
  std::stable_partition(facts.begin(), facts.end(),
                        [&](const fact& fact) { return fact.mechanism == own; });
  const auto results = prove_each(facts, options.fail_fast);
  const auto failed = std::ranges::find_if(
      results, [](const proved& result) { return !result.why.empty(); });
  if (options.json) {
    print_json(results);
    return failed == results.end();
  }
  if (failed != results.end()) print_verdict(*failed, begin);
  print_facts(results);
  fmt::print("{} of {} facts hold\n", std::ranges::count(results, "", &proved::why),
             facts.size());
  return failed == results.end();
}

// The variable alone isn't enough: if it were set by accident, --skip would leave out a
// request on the real host.
bool under_test() { return std::getenv(mark) != nullptr && host::is_throw_away(); }

}  // namespace zoomin::check
