// SPDX-License-Identifier: MIT
// step1 as its user runs it: PID and UTS namespaces.
#include <signal.h>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

const std::string step1 = built("step1");

}  // namespace

TEST_CASE("the first process sees itself as PID 1, with its own hostname", "[step1]") {
  const auto plain = run({step1, "--quiet", "--", "sh", "-c", "echo $$ $(hostname)"});
  CHECK(plain.output == "1 box\n");
  CHECK(plain.errors.empty());
  CHECK(plain.status == 0);
  const auto named =
      run({step1, "-q", "--hostname", "den", "--", "sh", "-c", "echo $$ $(hostname)"});
  CHECK(named.output == "1 den\n");
}

TEST_CASE("its self-check holds", "[step1]") {
  const auto result = run({step1, "--self-check"});
  INFO(result.output << result.errors);
  CHECK(result.status == 0);
}
