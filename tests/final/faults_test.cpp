// SPDX-License-Identifier: MIT
// Killed processes, damaged files and full disks: the next command reports them and
// cleans up.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/paths.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

std::string container_file(const std::string& name) {
  return zoomin::root_directory() + "/containers/$(zoomin ps -aq --no-trunc)/" + name;
}

}  // namespace

TEST_CASE("a command that is killed at any time leaves nothing that can't be removed",
          "[final]") {
  import_busybox();
  for (int milliseconds = 0; milliseconds < 60; milliseconds += 3)
    shell(fmt::format("timeout -s KILL 0.{:03} zoomin run -d bb sleep 60", milliseconds));
  CHECK(shell("zoomin ps -a").status == 0);
  CHECK(shell("for i in $(zoomin ps -aq); do zoomin rm -f $i || exit 1; done").status ==
        0);
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("a monitor that is killed at any time takes its container along", "[final]") {
  import_busybox();
  // The command, and the monitor that it executes.
  const std::string monitors =
      "for p in /proc/[0-9]*; do case $(tr '\\0' ' ' < $p/cmdline 2>/dev/null) in "
      "*'zoomin run -d'*|*__monitor*|*'zoomin monitor'*) kill -9 ${p#/proc/};; esac; "
      "done";
  for (int milliseconds = 1; milliseconds < 50; milliseconds += 4)
    shell(fmt::format("zoomin run -d bb sleep 60 & sleep 0.{:03}; {}; wait", milliseconds,
                      monitors));
  // Containers whose monitor didn't exist yet may run, each with its monitor.
  CHECK(
      shell("for i in $(zoomin ps -q); do zoomin exec $i true || exit 1; done").status ==
      0);
  CHECK(output_of("zoomin run --rm bb echo next") == "next");
  CHECK(shell("for i in $(zoomin ps -aq); do zoomin rm -f $i || exit 1; done").status ==
        0);
  // The last start removes what the killed monitors left.
  CHECK(output_of("zoomin run --rm bb echo next") == "next");
}

TEST_CASE("a container that is killed at any time of its start leaves nothing",
          "[final][v2]") {
  import_busybox();
  // Kills every process in a container's cgroup: its init, which may not have begun.
  const std::string kill_all =
      "cat $(find /sys/fs/cgroup -regex '.*/zoomin/[0-9a-f]*/cgroup.procs' 2>/dev/null) "
      "/dev/null 2>/dev/null | sort -u | xargs -r kill -9 2>/dev/null";
  for (int milliseconds = 1; milliseconds < 40; milliseconds += 3)
    shell(fmt::format("zoomin run -d bb sleep 60 & sleep 0.{:03}; {}; wait", milliseconds,
                      kill_all));
  for (const char* state : {"created", "running", "exited"})
    shell(fmt::format("zoomin ps -aq --filter status={} | xargs -r zoomin rm -f", state));
  CHECK(output_of("zoomin ps -aq").empty());
  CHECK(output_of("zoomin run --rm bb echo next") == "next");
}

TEST_CASE("any other command that is killed at any time leaves nothing broken",
          "[final]") {
  import_busybox();
  output_of("zoomin run -d --name stays -v v:/v bb sleep 600");
  const scratch files;
  write_file(files / "some", std::string(5'000'000, 'x'));
  for (const auto& words : std::initializer_list<std::string>{
           "exec stays true", "cp " + (files / "some") + " stays:/tmp/", "pause stays",
           "unpause stays", "rename stays stays", "update -m 64m stays",
           "volume create w", "volume rm w", "network create n",
           "network connect n stays", "network disconnect n stays", "network rm n",
           "restart -t 0 stays", "tag bb other", "rmi other",
           "create --name made bb true", "rm -f made"})
    for (int milliseconds = 0; milliseconds < 12; milliseconds += 2) {
      INFO(words << " " << milliseconds);
      shell(fmt::format("timeout -s KILL 0.{:03} zoomin {}", milliseconds, words));
    }
  CHECK(shell("zoomin ps -a").errors.empty());
  shell("zoomin unpause stays; zoomin start stays");
  CHECK(output_of("zoomin exec stays echo fine") == "fine");
  output_of("zoomin rm -f stays made; zoomin network rm n; zoomin rmi other");
  output_of("zoomin volume rm v w; zoomin system prune -f");
  CHECK(output_of("zoomin ps -aq; zoomin volume ls -q; zoomin network ls -q | wc -l") ==
        "3");
  CHECK(output_of("zoomin run --rm bb echo next") == "next");
}

TEST_CASE("without descriptors or memory the kernel's error is reported", "[final]") {
  import_busybox();
  int refused = 0;
  for (int most = 4; most < 40; ++most) {
    const auto run =
        shell(fmt::format("ulimit -n {}; zoomin run --rm -p 8080:80 bb true", most));
    if (run.status == 0) continue;
    ++refused;
    INFO(most << ": " << run.errors);
    const bool reported = contains(run.errors, "Too many open files") ||
                          contains(run.errors, "Error 24");  // the message of ld.so
    CHECK(reported);
    CHECK_FALSE(contains(run.errors, "No such device"));
    CHECK_FALSE(contains(run.errors, "make deps"));
  }
  CHECK(refused > 3);
  for (int most = 16'000; most < 120'000; most += 8'000) {
    const auto run =
        shell(fmt::format("ulimit -v {}; zoomin run --rm -p 8080:80 bb true", most));
    INFO(most << ": " << run.errors);
    CHECK_FALSE(contains(run.errors, "make deps"));
  }
  output_of("zoomin rm -f $(zoomin ps -aq)");
}

TEST_CASE("hidden cgroups are reported at once", "[final]") {
  import_busybox();
  const auto hidden =
      shell("unshare -m sh -c 'mount -t tmpfs none /sys; zoomin run --rm bb true'", 20);
  CHECK(hidden.status == 125);
  CHECK(contains(hidden.errors, "can't reach"));
  CHECK(lines_without_hints(hidden.errors) == 1);
}

TEST_CASE("ps removes the cgroup of a container whose monitor was killed", "[final]") {
  import_busybox();
  const std::string id = output_of("zoomin run -d --name den bb sleep 60");
  const std::string groups = "find /sys/fs/cgroup -type d -name " + id + " | wc -l";
  CHECK(output_of(groups) != "0");
  kill_monitor("den");
  CHECK(output_of("zoomin ps -a --format '{{.Names}} {{.State}}'") == "den exited");
  CHECK(output_of(groups) == "0");
  CHECK(output_of("zoomin rm den") == "den");
  CHECK(output_of("zoomin run --rm bb echo next") == "next");
}

TEST_CASE(
    "ps removes a container with --rm, and its anonymous volumes, after its monitor",
    "[final]") {
  import_busybox();
  output_of("zoomin run -d --rm --name den -v /d -v named:/n bb sleep 60");
  CHECK(output_of("zoomin volume ls -q | wc -l") == "2");
  kill_monitor("den");
  shell("zoomin ps -a");
  CHECK(output_of("zoomin ps -aq").empty());
  CHECK(output_of("zoomin volume ls -q") == "named");
  CHECK(output_of("zoomin volume rm named") == "named");
  CHECK(output_of("zoomin run --rm bb echo next") == "next");
}

TEST_CASE("a caller with fewer processors sees and removes every container", "[final]") {
  const std::string last = output_of("sed 's/.*[-,]//' /sys/devices/system/cpu/online");
  if (last == "0") skip_loudly("this machine has one processor");
  if (shell("taskset -c 0 true && taskset -c " + last + " true").status != 0)
    skip_loudly("these tests may not use all processors");
  import_busybox();
  const auto make = [&](const std::string& flags) {
    output_of("zoomin run -d --init --name den --cpuset-cpus " + last + " " + flags +
              " bb sleep 60");
  };
  const auto with_one = [](const std::string& words) {
    const auto result = shell("taskset -c 0 zoomin " + words);
    INFO(result.errors);
    CHECK(result.status == 0);
    return result.output;
  };
  make("");
  CHECK(with_one("inspect -f '{{.HostConfig.CpusetCpus}}' den") == last + "\n");
  CHECK(with_one("ps --format '{{.Names}} {{.LocalVolumes}}'") == "den 0\n");
  with_one("update --pids-limit 20 den");
  CHECK(with_one("stop den") == "den\n");
  with_one("update --pids-limit 30 den");
  const auto refused = shell("taskset -c 0 zoomin start den");
  CHECK(contains(refused.errors, "--cpuset-cpus \"" + last + "\": no processor " + last));
  CHECK(with_one("rm den") == "den\n");
  make("--rm");
  kill_monitor("den");
  with_one("ps -a");
  CHECK(output_of("zoomin ps -aq").empty());
  CHECK(output_of("zoomin run --rm bb echo next") == "next");
}

TEST_CASE("ps removes what a killed create command left", "[final]") {
  import_busybox();
  output_of("zoomin create --name den bb true");
  const std::string result = zoomin::root_directory() + "/containers", id(64, 'a');
  const auto left = [&] {
    return output_of(fmt::format(
        "ls -Ad {0}/.new-* {0}/.names/left_over 2>/dev/null | wc -l", result));
  };
  shell(fmt::format("mkdir {0}/.new-{1}; ln -s {1} {0}/.names/left_over", result, id));
  CHECK(left() == "2");
  CHECK(output_of("zoomin ps -a --format '{{.Names}}'") == "den");
  CHECK(left() == "0");
  CHECK(output_of("zoomin rm den") == "den");
}

TEST_CASE("a damaged container is reported, and can be removed", "[final]") {
  import_busybox();
  for (const char* file : {"container.json", "state.json"}) {
    INFO(file);
    shell("zoomin create --name den bb true");
    shell("truncate -s 20 " + container_file(file));
    const auto refused = shell("zoomin start den");
    CHECK(refused.status == 1);
    CHECK(contains(refused.errors, file));
    CHECK(shell("zoomin rm den").status == 0);
    CHECK(output_of("zoomin ps -aq").empty());
  }
}

TEST_CASE("a failed start reports the reason, at once and later", "[final]") {
  import_busybox();
  CHECK(shell("zoomin run --name den bb nosuch").status == 127);
  const auto state = inspected("den")["State"];
  CHECK(state["Status"] == "created");
  CHECK(state["ExitCode"] == 127);
  CHECK(state["Error"] == "execve(nosuch): No such file or directory");
  CHECK(shell("zoomin rm den").status == 0);
}

TEST_CASE("on a read-only disk one line reports it, and nothing is made", "[final]") {
  import_busybox();
  const std::string& root = zoomin::root_directory();
  const auto full = shell(fmt::format(
      "mkdir -p {0}/containers && mount -t tmpfs -o size=4k full {0}/containers && "
      "{{ zoomin run --rm bb true; echo status-$?; umount {0}/containers; }}",
      root));
  CHECK(contains(full.output, "status-125"));
  CHECK(lines_without_hints(full.errors) == 1);
  const auto read_only = shell(
      fmt::format("mount -t tmpfs -o ro nothing {0}/containers && "
                  "{{ zoomin run --rm bb true; echo status-$?; umount {0}/containers; }}",
                  root));
  CHECK(contains(read_only.output, "status-125"));
  CHECK(lines_without_hints(read_only.errors) == 1);
}

TEST_CASE("after a restart of the machine containers have ended", "[final]") {
  import_busybox();
  shell("zoomin run -d --name den bb sleep 60");
  // Acts like a reboot: all processes are gone, and so is /run; the boot id is another
  // one.
  shell("kill -9 $(sed -n 's/.*\"Pid\": \\([0-9]*\\).*/\\1/p' " +
        container_file("state.json") + ")");
  shell("zoomin wait den");
  shell(
      "sed -i 's/\"exited\"/\"running\"/; s/\"BootID\": \"[^\"]*\"/\"BootID\": \"x\"/' " +
      container_file("state.json"));
  const auto state = inspected("den")["State"];
  CHECK(state["Status"] == "exited");
  CHECK(state["Error"] == "the machine was restarted");
  CHECK(output_of("zoomin start den") == "den");
  shell("zoomin rm -f den");
}

TEST_CASE("if all of /run is gone, everything starts again", "[final]") {
  import_busybox();
  output_of("zoomin network create n");
  output_of("zoomin run -d --name a -p 8080:80 bb httpd -f -p 80 -h /etc");
  output_of("zoomin run -d --name b --network n --restart always bb sleep 600");
  // Kills monitors first, so that none reports the end of its container.
  output_of(
      "for i in $(zoomin ps -q); do p=$(zoomin inspect -f '{{.State.Pid}}' $i); "
      "m=$(ps -o ppid= -p $p); kill -9 $m; while [ -e /proc/$p ]; do :; done; done");
  output_of(
      "ip link del zoomin0; ip link del $(ip -br link | grep -o '^zm-[^ ]*'); "
      "nft flush ruleset; echo 0 > /proc/sys/net/ipv4/ip_forward; rm -r " +
      zoomin::run_directory());
  CHECK(output_of("zoomin ps -a --format '{{.State}}' | sort -u") == "exited");
  output_of("zoomin boot");
  CHECK(output_of("zoomin ps --format '{{.Names}}'") == "b");
  output_of("zoomin start a");
  CHECK(contains(
      output_of("until busybox wget -qO- http://127.0.0.1:8080/hosts 2>/dev/null; "
                "do :; done"),
      "localhost"));
  output_of("zoomin rm -f a b; zoomin network rm n");
}

TEST_CASE("too many variables or arguments are reported", "[final]") {
  import_busybox();
  CHECK(output_of("zoomin run --rm $(seq -f '-e V%g=x' 10000) bb env | grep -c ^V") ==
        "10000");
  // More than execve(2) accepts, from a file: our own command line is shorter.
  const scratch files;
  write_file(files / "env", "V=" + std::string(3'000'000, 'x') + "\n");
  const auto too_long =
      shell("zoomin run --rm --env-file " + (files / "env") + " bb env");
  CHECK(too_long.status == 126);
  CHECK(contains(too_long.errors, "Argument list too long"));
  CHECK(lines_without_hints(too_long.errors) == 1);
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("diff shows what was added, changed and deleted, and nothing else", "[final]") {
  import_busybox();
  shell(
      "zoomin run --name den bb sh -c 'rm /etc/passwd; echo x >> /etc/group; mkdir /n; "
      "echo > /n/f; rm -r /tmp; mkdir /tmp; touch /tmp/a; chmod 700 /home'");
  CHECK(output_of("zoomin diff den") ==
        "C /etc\nC /etc/group\nD /etc/passwd\nC /home\nA /n\nA /n/f\nC /tmp\nA /tmp/a");
  shell("zoomin rm den");
}
