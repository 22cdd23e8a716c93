// SPDX-License-Identifier: MIT
// step: checks that the tests of all steps share.
#pragma once

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/support.hpp"

namespace zoomin::test {

inline void check_self_check(const std::string& step) {
  const auto result = run({step, "--self-check"}, 120);
  INFO(result.output << result.errors);
  CHECK(result.status == 0);
}

// Checks that the program refuses the options in one line, which contains `part`, with
// status 125, and runs nothing.
inline void check_refused(const std::string& step,
                          const std::vector<std::string>& options,
                          const std::string& part) {
  std::vector<std::string> words{step, "-q"};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {"--", "echo", "ran"});
  const auto result = run(words);
  INFO(result.errors);
  CHECK(result.status == 125);
  CHECK(result.output.empty());
  CHECK(lines_without_hints(result.errors) == 1);
  CHECK(contains(result.errors, part));
}

// Checks that the message about each of these wrong options comes alone, with status 125,
// however the program narrates: without a heading, a request or a table before it.
inline void check_that_errors_come_alone(const std::string& step,
                                         std::vector<std::vector<std::string>> wrong) {
  wrong.insert(wrong.end(), {{"--no-such-option"},
                             {"--hostname", "a b"},
                             {"--pause=no-such-name"},
                             {"--skip", "no-such-name"},
                             {"--record", "/no/such/directory/page"},
                             {"--self-check=/no/such/program"}});
  for (const auto& options : wrong)
    for (const char* how : {"-q", "--explain=brief", "--explain", "--explain=json"}) {
      std::vector<std::string> words{step, how};
      words.insert(words.end(), options.begin(), options.end());
      words.insert(words.end(), {"--", "echo", "ran"});
      const auto result = run(words);
      INFO(how << " " << options.front() << ": " << result.errors);
      CHECK(result.status == 125);
      CHECK(result.output.empty());
      CHECK(result.errors.starts_with(step.substr(step.rfind('/') + 1) + ": "));
      CHECK(lines_without_hints(result.errors) == 1);
    }
}

}  // namespace zoomin::test
