// SPDX-License-Identifier: MIT
// Tests that --skip does no damage. The test's throw-away host stands for the machine.
#include "gate/names.hpp"
#include "support/catch.hpp"
#include "support/leftovers.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

void check_machine_unchanged(int step) {
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

TEST_CASE("a throw-away host is made although the visible cgroup root has processes",
          "[gate]") {
  const auto root =
      shell("awk '/ - cgroup2 / { printf $5; exit }' /proc/self/mountinfo").output;
  if (root.empty() || shell("cat " + root + "/cgroup.controllers").output == "\n")
    skip_loudly("there is no controller of version 2");
  // The root is like that of a new container: all processes are in it, and it delegates
  // no controllers.
  shell("cd " + root +
        "; for name in $(cat cgroup.subtree_control); do "
        "echo -$name > cgroup.subtree_control; done; "
        "for id in $(cat processes/cgroup.procs); do echo $id > cgroup.procs; done");
  const auto ran = run({built("step1"), "-q", "--skip", "deathsig", "--", "echo", "ran"});
  shell("cd " + root +
        "; for id in $(cat cgroup.procs); do echo $id > processes/cgroup.procs; done");
  CHECK(ran.errors.empty());
  CHECK(ran.output == "ran\n");
}

TEST_CASE("whatever step1 leaves out, the machine doesn't change", "[gate]") {
  check_machine_unchanged(1);
}

TEST_CASE("whatever step3 leaves out, the machine doesn't change", "[gate]") {
  check_machine_unchanged(3);
}

TEST_CASE("whatever step5 leaves out, the machine doesn't change", "[gate]") {
  check_machine_unchanged(5);
}
