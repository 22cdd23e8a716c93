// SPDX-License-Identifier: MIT
// restart policies: when and how often a container is restarted.
#include <fmt/format.h>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

std::string state_of(const std::string& name) {
  return output_of(
      "zoomin inspect -f '{{.RestartCount}} {{.State.Status}} "
      "{{.State.ExitCode}}' " +
      name);
}

// Waits until the container's log has `lines` lines.
void wait_for_lines(const std::string& name, int lines) {
  shell(
      fmt::format("until [ $(zoomin logs {} | wc -l) -ge {} ]; do :; done", name, lines));
}

}  // namespace

TEST_CASE("on-failure restarts only failures, up to the given number", "[final][v2]") {
  import_busybox();
  shell("zoomin run -d --name c --restart on-failure:3 bb sh -c 'echo run; exit 1'");
  CHECK(output_of("zoomin wait c") == "1");
  CHECK(state_of("c") == "3 exited 1");
  CHECK(output_of("zoomin logs c") == "run\nrun\nrun\nrun");
  CHECK(output_of("zoomin start c; zoomin wait c; zoomin logs c | wc -l") == "c\n1\n8");
  shell("zoomin run -d --name good --restart on-failure bb true; zoomin wait good");
  CHECK(state_of("good") == "0 exited 0");
  CHECK(output_of("zoomin inspect -f '{{.HostConfig.RestartPolicy.Name}} "
                  "{{.HostConfig.RestartPolicy.MaximumRetryCount}}' c") ==
        "on-failure 3");
  shell("zoomin rm c good");
}

TEST_CASE("always restarts until the user stops it", "[final]") {
  import_busybox();
  shell("zoomin run -d --name c --restart always bb sh -c 'echo run; exit 3'");
  wait_for_lines("c", 5);  // the next delay is longer than a second
  shell("until zoomin ps --format '{{.State}}' | grep -q restarting; do :; done");
  CHECK(output_of("zoomin ps --format '{{.Status}}'").starts_with("Restarting (3) "));
  CHECK(output_of("zoomin inspect -f '{{.State.Restarting}} {{.State.Running}}' c") ==
        "true true");
  CHECK(contains(shell("zoomin rm c").errors, "stop it first"));
  for (const char* command : {"exec c true", "look c", "top c"}) {
    const auto refused = shell(fmt::format("zoomin {}", command));
    INFO(command << ": " << refused.errors);
    CHECK(refused.status != 0);
    CHECK(contains(refused.errors,
                   "Container c is restarting, wait until the container is running\n"
                   "hint: `zoomin logs c` shows why it ended"));
  }
  CHECK(output_of("zoomin rename c other && zoomin rename other c").empty());
  CHECK(output_of("zoomin stop c") == "c");
  CHECK(contains(state_of("c"), " exited 3"));
  shell("zoomin start c; zoomin rm -f c");
  for (const char* end : {"stop -t 0", "kill", "kill -s TERM"}) {
    INFO(end);
    shell("zoomin run -d --name c --init --restart always bb sleep 1000");
    shell(fmt::format("zoomin {} c; zoomin wait c", end));
    CHECK(output_of("zoomin inspect -f '{{.State.Status}}' c") == "exited");
    CHECK(output_of("zoomin ps -q").empty());
    shell("zoomin rm c");
  }
  // A signal from another process doesn't count as stopped by the user.
  shell("zoomin run -d --name c --restart always bb sh -c 'echo run; sleep 1000'");
  shell("kill -KILL $(zoomin inspect -f '{{.State.Pid}}' c)");
  wait_for_lines("c", 2);
  CHECK(output_of("zoomin exec c echo here") == "here");
  CHECK(contains(state_of("c"), "1 running"));
  shell("zoomin rm -f c");
}

TEST_CASE("a published port and an address come back with a restart", "[final]") {
  import_busybox();
  shell(
      "zoomin run -d --name c --init --restart always -p 8080:80 --ip 10.79.3.3 bb sh -c "
      "'echo hello > /index.html; echo run; exec httpd -f -h /'");
  shell("zoomin exec c killall httpd");
  wait_for_lines("c", 2);
  CHECK(output_of("until busybox wget -qO- http://127.0.0.1:8080/; do :; done") ==
        "hello");
  CHECK(output_of("zoomin inspect -f '{{.NetworkSettings.IPAddress}}' c") == "10.79.3.3");
  shell("zoomin rm -f c");
}

TEST_CASE("a foreground run returns at the first end", "[final]") {
  import_busybox();
  const auto first = shell(
      "zoomin run --name c --restart on-failure:1 bb sh -c 'echo run; sleep 0.1; exit "
      "4'");
  CHECK(first.status == 4);
  CHECK(first.output == "run\n");
  CHECK(output_of("zoomin wait c; zoomin logs c") == "4\nrun\nrun");
  shell("zoomin rm c");
}

TEST_CASE("a failed restart is reported, and is the last one", "[final]") {
  import_busybox();
  const scratch directory;
  shell(
      fmt::format("mkdir {0}/d; zoomin run -d --name c --restart always --mount "
                  "type=bind,source={0}/d,target=/d bb sh -c 'sleep 0.1; exit 1'; "
                  "rmdir {0}/d; zoomin wait c",
                  directory.path()));
  CHECK(output_of("zoomin inspect -f '{{.State.Status}}' c") == "exited");
  CHECK(contains(output_of("zoomin inspect -f '{{.State.Error}}' c"), "/d"));
  shell("zoomin rm c");
}

TEST_CASE("invalid restart policies are refused", "[final]") {
  import_busybox();
  for (const char* policy :
       {"sometimes", "always:3", "no:1", "on-failure:", "on-failure:x", "on-failure:-1",
        "''", "on-failure:99999999"}) {
    INFO(policy);
    const auto refused = shell(fmt::format("zoomin create --restart {} bb true", policy));
    CHECK(refused.status == 125);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
  CHECK(shell("zoomin create --rm --restart always bb true").status == 125);
  CHECK(output_of("zoomin ps -aq").empty());
  CHECK(shell("zoomin create --name c --rm --restart no bb true").status == 0);
  shell("zoomin rm c");
}

TEST_CASE("boot starts the containers that ran, by their restart policy", "[final]") {
  import_busybox();
  const auto run = [](const std::string& name, const std::string& policy) {
    shell(
        fmt::format("zoomin run -d --name {} --restart {} --stop-signal KILL bb "
                    "sleep 1000",
                    name, policy));
  };
  run("always", "always");
  run("always-stopped", "always");
  run("unless", "unless-stopped");
  run("unless-stopped", "unless-stopped");
  run("failing", "on-failure");
  run("no", "no");
  shell("zoomin create --name created --restart always bb sleep 1000");
  shell("zoomin stop always-stopped unless-stopped");
  const auto running = [] { return output_of("zoomin ps --format '{{.Names}}' | sort"); };
  const std::string result = "always\nalways-stopped\nunless";
  // The machine loses power.
  shell("pkill -KILL -f '[z]oomin monitor'; rm -rf /run/zoomin/containers");
  shell("until [ -z \"$(zoomin ps -q)\" ]; do :; done");
  CHECK(shell("zoomin boot").status == 0);
  CHECK(running() == result);
  CHECK(shell("zoomin boot").status == 0);
  // The machine shuts down in order.
  CHECK(shell("zoomin boot --stop").status == 0);
  CHECK(running().empty());
  CHECK(output_of("ps -eo args | grep -cx 'sleep 1000'") == "0");
  CHECK(shell("zoomin boot").status == 0);
  CHECK(running() == result);
  // A service manager ends all processes: the container was stopped, but not by its user.
  shell("pkill -TERM -f '[z]oomin monitor'; zoomin wait always always-stopped unless");
  CHECK(running().empty());
  CHECK(shell("zoomin boot").status == 0);
  CHECK(running() == result);
  shell("zoomin rm -f $(zoomin ps -aq)");
}

TEST_CASE("a container that fails to start at boot doesn't keep others from starting",
          "[final]") {
  import_busybox();
  const scratch directory;
  shell(fmt::format(
      "mkdir {0}/d; zoomin run -d --name a --restart always --mount "
      "type=bind,source={0}/d,target=/d --stop-signal KILL bb sleep 1000; "
      "zoomin run -d --name b --restart always --stop-signal KILL bb sleep 1000; "
      "zoomin boot --stop; rmdir {0}/d",
      directory.path()));
  const auto started = shell("zoomin boot");
  CHECK(started.status == 0);  // else no service manager would stop the others
  CHECK(contains(started.errors, "/d"));
  CHECK(output_of("zoomin ps --format '{{.Names}}'") == "b");
  shell("zoomin rm -f a b");
}

TEST_CASE("boot starts a container after those whose namespaces it joins", "[final]") {
  import_busybox();
  // Ids are random, and so is their order, so each round begins with new ones.
  for (int drawn = 0; drawn < 4; ++drawn) {
    shell(
        "run='zoomin run -d --restart always --stop-signal KILL'; $run --name a bb "
        "sleep 1000; $run --name b --network container:a bb sleep 1000; "
        "$run --name c --pid container:b --ipc container:a bb sleep 1000; "
        "zoomin boot --stop");
    const auto booted = shell("zoomin boot");
    CHECK(booted.status == 0);
    CHECK(booted.errors.empty());
    CHECK(output_of("zoomin ps --format '{{.Names}}' | sort") == "a\nb\nc");
    shell("zoomin rm -f c b a");
  }
}

TEST_CASE("boot accepts no arguments", "[final]") {
  import_busybox();
  shell("zoomin run -d --name a bb sleep 1000");
  for (const char* words : {"boot --stop a", "boot a", "boot --stop --stop=x"}) {
    INFO(words);
    CHECK(shell(fmt::format("zoomin {}", words)).status != 0);
    CHECK(output_of("zoomin ps --format '{{.Names}}'") == "a");
  }
  shell("zoomin rm -f a");
}
