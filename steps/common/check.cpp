// SPDX-License-Identifier: MIT
#include "common/check.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "common/host.hpp"

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
  std::vector<std::string> all{current().program, "--quiet"};
  for (const auto& name : current().skip) all.insert(all.end(), {"--skip", name});
  all.insert(all.end(), options.begin(), options.end());
  all.push_back("--");
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

}  // namespace

subject::subject(const std::vector<std::string>& options,
                 const std::vector<std::string>& command)
    : running(command_line(options, command)) {}

run_result run(const std::vector<std::string>& options,
               const std::vector<std::string>& command, int seconds) {
  return run_to_end(command_line(options, command), seconds);
}

bool prove(const std::string& program, const std::vector<std::string>& skip,
           const std::vector<fact>& facts, bool fail_fast) {
  current() = {program, skip};
  ::setenv(mark, "1", 1);
  bool all = true;
  for (const auto& [mechanism, sentence, prove_it] : facts) {
    try {
      prove_it();
      fmt::print("ok   {:<8} {}\n", mechanism, sentence);
    } catch (const std::exception& why) {
      all = false;
      fmt::print("FAIL {:<8} {}: {}\n", mechanism, sentence, why.what());
    }
    std::fflush(stdout);
    if (fail_fast && !all) break;
  }
  return all;
}

// Both, lest a stray variable let an omission loose on a real host.
bool under_test() { return std::getenv(mark) != nullptr && host::is_throw_away(); }

}  // namespace zoomin::check
