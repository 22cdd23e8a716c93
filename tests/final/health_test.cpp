// SPDX-License-Identifier: MIT
// health checks: when a container is unhealthy, and what is reported.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "final/archives.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

std::string health() {
  return output_of("zoomin inspect -f '{{.State.Health.Status}}' c");
}

void wait_for(const std::string& status) {
  shell("until [ \"$(zoomin inspect -f '{{.State.Health.Status}}' c)\" = " + status +
        " ]; do :; done");
}

}  // namespace

TEST_CASE("the given number of failures in a row makes a container unhealthy",
          "[final][v2]") {
  import_busybox();
  shell(
      "zoomin run -d --name c --health-cmd 'echo checking; [ -e /well ]' "
      "--health-interval 50ms --health-retries 3 bb sleep 1000");
  wait_for("unhealthy");
  const auto known = inspected("c")["State"]["Health"];
  CHECK(known["FailingStreak"] >= 3);
  CHECK(known["Log"].back()["ExitCode"] == 1);
  CHECK(known["Log"].back()["Output"] == "checking\n");
  CHECK(contains(output_of("zoomin ps --format '{{.Status}}'"), " (unhealthy)"));
  CHECK(output_of("zoomin ps -q --filter health=unhealthy | wc -l") == "1");
  CHECK(output_of("zoomin ps -q --filter health=healthy").empty());
  shell("zoomin exec c touch /well");
  wait_for("healthy");
  CHECK(inspected("c")["State"]["Health"]["FailingStreak"] == 0);
  CHECK(inspected("c")["State"]["Health"]["Log"].size() <= 5);
  CHECK(contains(output_of("zoomin ps --format '{{.Status}}'"), " (healthy)"));
  shell("zoomin rm -f c");
  CHECK(output_of("zoomin events --since 1h --until 0s -f event=health_status --format "
                  "'{{.Action}}'") == "health_status: unhealthy\nhealth_status: healthy");
}

TEST_CASE("failures in the start period don't count", "[final]") {
  import_busybox();
  shell(
      "zoomin run -d --name c --health-cmd 'echo >> /n; exit 1' --health-interval 20ms "
      "--health-retries 1 --health-start-period 60s bb sleep 1000");
  shell("until [ $(zoomin exec c sh -c 'wc -l < /n') -ge 4 ]; do :; done");
  CHECK(health() == "starting");
  CHECK(contains(output_of("zoomin ps --format '{{.Status}}'"), "(health: starting)"));
  CHECK(inspected("c")["State"]["Health"]["FailingStreak"] == 0);
  shell("zoomin rm -f c");
}

TEST_CASE("a check that hangs fails, and leaves no process", "[final]") {
  import_busybox();
  shell(
      "zoomin run -d --name c --health-cmd 'sleep 555' --health-interval 20ms "
      "--health-timeout 100ms --health-retries 2 bb sleep 1000");
  wait_for("unhealthy");
  const auto last = inspected("c")["State"]["Health"]["Log"].back();
  CHECK(last["ExitCode"] == -1);
  CHECK(contains(last["Output"], "exceeded timeout"));
  // Stops the container during a check, again and again.
  for (const char* end : {"pause", "unpause", "stop -t 0", "start", "kill", "start"})
    shell(fmt::format("zoomin {} c", end));
  shell("zoomin rm -f c");
  CHECK(output_of("ps -eo args | grep -cx 'sleep 555'") == "0");
}

TEST_CASE("a check that times out is killed with all its processes", "[final][v2]") {
  import_busybox();
  // The sleep in parentheses has left its parent and its session.
  shell(
      "zoomin run -d --name c --init --health-cmd 'sleep 7777 & (setsid sleep 7777 &); "
      "sleep 7777; wait' --health-interval 20ms --health-timeout 200ms --health-retries "
      "2 bb sleep 1000");
  wait_for("unhealthy");
  shell(
      "until [ $(zoomin inspect -f '{{.State.Health.FailingStreak}}' c) -ge 5 ]; do :; "
      "done");
  CHECK(std::stoi(output_of("ps -eo args | grep -cx 'sleep 7777'")) <= 3);
  CHECK(inspected("c")["State"]["Health"]["Log"].back()["ExitCode"] == -1);
  // The cgroups of ended checks are removed. The container's own processes stay in
  // theirs.
  CHECK(std::stoi(output_of("find /sys/fs/cgroup -name 'zoomin.part-*' | wc -l")) <= 2);
  CHECK(output_of("zoomin exec c ps -o args | grep -cx 'sleep 1000'") == "1");
  shell("zoomin rm -f c");
  CHECK(output_of("ps -eo args | grep -cx 'sleep 7777'") == "0");
}

TEST_CASE("processes that a check leaves running stay if it was in time", "[final]") {
  import_busybox();
  shell(
      "zoomin run -d --name c --health-cmd '[ -e /once ] && [ -e /hangs ] && sleep 99; "
      "[ -e /once ] || { touch /once; sleep 8888 >/dev/null 2>&1 & }' --health-interval "
      "20ms --health-timeout 300ms --health-retries 1 bb sleep 1000");
  wait_for("healthy");
  shell("zoomin exec c touch /hangs");
  wait_for("unhealthy");
  CHECK(output_of("zoomin exec c ps -o args | grep -cx 'sleep 8888'") == "1");
  shell("zoomin rm -f c");
}

TEST_CASE("a check has the container's user, privileges and limits", "[final]") {
  import_busybox();
  shell(
      "zoomin run -d --name c -u 1234:55 -e WORD=here -w /tmp --health-cmd 'id -u; id "
      "-g; "
      "pwd; echo $WORD; grep CapEff /proc/self/status; grep -c . /proc/self/cgroup; "
      "ls /proc/self/fd | wc -l; yes | head -c 100k' "
      "--health-interval 20ms bb sleep 1000");
  wait_for("healthy");
  const std::string output = inspected("c")["State"]["Health"]["Log"].back()["Output"];
  CHECK(output.starts_with("1234\n55\n/tmp\nhere\nCapEff:\t0000000000000000\n"));
  CHECK(output.size() == 4096);
  CHECK(output_of("zoomin exec c cat /proc/1/cgroup") ==
        output_of("zoomin exec c cat /proc/self/cgroup"));
  shell("zoomin rm -f c");
}

TEST_CASE("the image's check is used, changed or disabled", "[final]") {
  import_busybox();
  CHECK(shell("zoomin run -d --name c bb sleep 1000").status == 0);
  CHECK_FALSE(inspected("c")["State"].contains("Health"));
  shell("zoomin rm -f c");
  image_recipe recipe{{bottom_layer("bb")}, "app"};
  recipe.configuration =
      R"("Healthcheck":{"Test":["CMD","test","-e","/well"],"Interval":20000000,)"
      R"("Retries":1},)";
  load_text(packed(make_layout(recipe)));
  shell("zoomin run -d --name c app sleep 1000");
  wait_for("unhealthy");
  shell("zoomin rm -f c; zoomin run -d --name c --health-cmd true app sleep 1000");
  wait_for("healthy");
  shell("zoomin rm -f c; zoomin run -d --name c --no-healthcheck app sleep 1000");
  CHECK_FALSE(inspected("c")["State"].contains("Health"));
  shell("zoomin rm -f c");
  // A command that doesn't exist.
  shell(
      "zoomin run -d --name c --health-cmd '/nosuch' --health-interval 20ms "
      "--health-retries 1 bb sleep 1000");
  wait_for("unhealthy");
  CHECK(inspected("c")["State"]["Health"]["Log"].back()["ExitCode"] == 127);
  shell("zoomin rm -f c; zoomin create --name c --no-healthcheck bb true");
  CHECK(inspected("c")["Config"]["Healthcheck"]["Test"][0] == "NONE");
  shell("zoomin rm c");
}

TEST_CASE("contradictory health flags are refused", "[final]") {
  import_busybox();
  for (const char* flag :
       {"--health-interval 5", "--health-interval -1s", "--health-interval 1x",
        "--health-timeout ''", "--health-timeout nan", "--health-retries -1",
        "--health-retries 12x", "--health-start-period 1ns",
        "--health-interval 999999999h", "--no-healthcheck --health-cmd true"}) {
    INFO(flag);
    const auto refused = shell(fmt::format("zoomin create {} bb true", flag));
    CHECK(refused.status == 125);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
  CHECK(output_of("zoomin ps -aq").empty());
}
