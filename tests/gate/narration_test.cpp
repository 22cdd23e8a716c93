// SPDX-License-Identifier: MIT
// What a step tells of its requests is what strace(1) saw the kernel get, both ways: a
// call made but not told fails as well as one told but not made.
#include "gate/story.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

void holds(int step, const std::vector<std::string>& options) {
  const auto seen = watch(built("step" + std::to_string(step)), options);
  if (seen.status != 0) FAIL(seen.errors);
  REQUIRE(seen.told.contains("container 1"));
  CHECK(compared(seen.told, seen.made).empty());
}

}  // namespace

TEST_CASE("step 1 tells exactly the calls that strace sees", "[gate]") {
  holds(1, {});
  holds(1, {"--hostname", "a-name", "--init"});
}

TEST_CASE("step 2 tells exactly the calls that strace sees", "[gate]") {
  holds(2, {});
  holds(2, {"--publish", "8080:80", "--publish", "127.0.0.1:53:53/udp", "--init"});
}

TEST_CASE("step 3 tells exactly the calls that strace sees", "[gate]") { holds(3, {}); }

TEST_CASE("step 4 tells exactly the calls that strace sees", "[gate]") {
  holds(4, {});
  holds(4, {"--memory", "64m", "--cpus", "0.5", "--pids-limit", "32"});
}

TEST_CASE("step 5 tells exactly the calls that strace sees", "[gate]") { holds(5, {}); }
