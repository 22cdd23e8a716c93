// SPDX-License-Identifier: MIT
// Compares the narration with strace(1), in both directions: a call that isn't narrated
// fails the test, and so does a narrated call that isn't made.
#include "gate/story.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

void check_narration(int step, const std::vector<std::string>& options) {
  const auto seen = watch(built("step" + std::to_string(step)), options);
  if (seen.status != 0) FAIL(seen.errors);
  REQUIRE(seen.narrated_calls.contains("container 1"));
  CHECK(compared(seen.narrated_calls, seen.traced_calls).empty());
}

}  // namespace

TEST_CASE("step1 narrates exactly the calls that strace sees", "[gate]") {
  check_narration(1, {});
  check_narration(1, {"--hostname", "a-name", "--init"});
}

TEST_CASE("step2 narrates exactly the calls that strace sees", "[gate]") {
  check_narration(2, {});
  check_narration(2,
                  {"--publish", "8080:80", "--publish", "127.0.0.1:53:53/udp", "--init"});
}

TEST_CASE("step3 narrates exactly the calls that strace sees", "[gate]") {
  check_narration(3, {});
}

TEST_CASE("step4 narrates exactly the calls that strace sees", "[gate]") {
  check_narration(4, {});
  check_narration(4, {"--memory", "64m", "--cpus", "0.5", "--pids-limit", "32"});
}

TEST_CASE("step5 narrates exactly the calls that strace sees", "[gate]") {
  check_narration(5, {});
}
