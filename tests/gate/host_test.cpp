// SPDX-License-Identifier: MIT
// What --skip leaves out hurts nobody: this test's host plays the machine.
#include "gate/names.hpp"
#include "support/catch.hpp"
#include "support/leftovers.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

void machine_stays(int step) {
  const auto before = inventory();
  for (const auto& name : narrated_names(step)) {
    // A command that would do harm, could it reach the machine.
    run({built("step" + std::to_string(step)), "-q", "--skip", name, "--", "sh", "-c",
         "hostname taken; mount -t tmpfs none /mnt; ip link add taken type dummy"});
    INFO("--skip " << name);
    CHECK(difference(before, inventory()).empty());
  }
}

}  // namespace

TEST_CASE("whatever step 1 leaves out, the machine stays as it was", "[gate]") {
  machine_stays(1);
}

TEST_CASE("whatever step 3 leaves out, the machine stays as it was", "[gate]") {
  machine_stays(3);
}

TEST_CASE("whatever step 5 leaves out, the machine stays as it was", "[gate]") {
  machine_stays(5);
}
