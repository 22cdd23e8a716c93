// SPDX-License-Identifier: MIT
// Tests that --skip does no damage: the test's host plays the machine.
#include "gate/names.hpp"
#include "support/catch.hpp"
#include "support/leftovers.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

void machine_stays(int step) {
  const auto before = inventory();
  for (const auto& name : narrated_names(step)) {
    // The command would do damage if it could reach the machine.
    run({built("step" + std::to_string(step)), "-q", "--skip", name, "--", "sh", "-c",
         "hostname taken; mount -t tmpfs none /mnt; ip link add taken type dummy"});
    INFO("--skip " << name);
    CHECK(difference(before, inventory()).empty());
  }
}

}  // namespace

TEST_CASE("whatever step1 leaves out, the machine doesn't change", "[gate]") {
  machine_stays(1);
}

TEST_CASE("whatever step3 leaves out, the machine doesn't change", "[gate]") {
  machine_stays(3);
}

TEST_CASE("whatever step5 leaves out, the machine doesn't change", "[gate]") {
  machine_stays(5);
}
