// SPDX-License-Identifier: MIT
// pause, unpause, rename: requests to a running container's monitor.
#include <fmt/format.h>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

TEST_CASE("a container is paused and unpaused", "[final][v2]") {
  import_busybox();
  shell("zoomin run -d --name one bb sh -c 'while :; do echo >> /n; done'");
  // Waits until it writes.
  shell("until zoomin exec one test -s /n; do :; done");
  const std::string upper =
      output_of("zoomin inspect -f '{{.GraphDriver.Data.UpperDir}}' one") + "/n";
  CHECK(output_of("zoomin pause one") == "one");
  const std::string before = output_of("stat -c %s " + upper);
  CHECK(output_of("sleep 0.2; stat -c %s " + upper) == before);
  CHECK(
      output_of("zoomin ps --format '{{.State}} {{.Status}}'").starts_with("paused Up "));
  CHECK(contains(output_of("zoomin ps --format '{{.Status}}'"), "(Paused)"));
  CHECK(output_of("zoomin ps -q --filter status=paused | wc -l") == "1");
  CHECK(output_of(
            "zoomin inspect -f '{{.State.Status}} {{.State.Paused}} {{.State.Running}}' "
            "one") == "paused true true");
  CHECK(contains(shell("zoomin pause one").errors, "Container one is already paused"));
  CHECK(contains(shell("zoomin exec one true").errors, "is paused"));
  CHECK(output_of("zoomin unpause one") == "one");
  CHECK(output_of("sleep 0.2; stat -c %s " + upper) != before);
  CHECK(contains(shell("zoomin unpause one").errors, "not paused"));
  shell("zoomin stop -t 0 one");
  CHECK(contains(shell("zoomin pause one").errors, "is not running"));
  shell("zoomin rm one");
}

TEST_CASE("a paused container can be stopped, killed and removed", "[final][v2]") {
  import_busybox();
  const auto paused = [] {
    shell("zoomin run -d --name one --stop-signal KILL bb sleep 60; zoomin pause one");
  };
  paused();
  CHECK(output_of("zoomin stop one") == "one");
  CHECK(output_of("zoomin inspect -f '{{.State.Status}} {{.State.ExitCode}}' one") ==
        "exited 137");
  shell("zoomin rm one");
  paused();
  CHECK(output_of("zoomin kill one; zoomin wait one") == "one\n137");
  shell("zoomin rm one");
  paused();
  CHECK(output_of("zoomin rm -f one") == "one");
  // Its monitor is killed while it is paused: nothing of it stays.
  paused();
  shell(
      "m=$(pgrep -f \"[z]oomin monitor $(zoomin ps -q --filter name=one)\"); kill -KILL "
      "$m; "
      "while kill -0 $m 2>/dev/null; do :; done; zoomin ps -a >/dev/null");
  CHECK(output_of("zoomin inspect -f '{{.State.Status}}' one") == "exited");
  CHECK(output_of("zoomin run --rm bb echo next") == "next");
  CHECK(output_of("ps -eo args | grep -cx 'sleep 60'") == "0");
  shell("zoomin rm one");
}

TEST_CASE("a container is renamed, running or not", "[final]") {
  import_busybox();
  shell("zoomin create --name other bb true; zoomin run -d --name one bb sleep 60");
  for (const auto* reference : {"one", "stopped"}) {
    INFO(reference);
    if (std::string(reference) == "stopped")
      shell("zoomin stop -t 0 two; zoomin rename two stopped");
    CHECK(shell(fmt::format("zoomin rename {} two", reference)).status == 0);
    CHECK(output_of("zoomin ps -a --format '{{.Names}}' | sort") == "other\ntwo");
    CHECK(output_of("zoomin inspect -f '{{.Name}}' two") == "/two");
    CHECK(shell(fmt::format("zoomin inspect {}", reference)).status == 1);
    const auto taken = shell("zoomin rename two other");
    CHECK(taken.status == 1);
    CHECK(contains(taken.errors, "in use"));
    CHECK(shell("zoomin rename two 'not a name'").status == 1);
  }
  CHECK(shell("zoomin create --name one bb true").status == 0);
  shell("zoomin rm one two other");
}
