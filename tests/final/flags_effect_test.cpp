// SPDX-License-Identifier: MIT
// Flags of run that no other test covers.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Reads one of two files of the container's cgroup, by the cgroup version.
std::string limit_in_group(const std::string& flags, const std::string& first,
                           const std::string& second) {
  return inside(flags, fmt::format("cd /sys/fs/cgroup; cat {} 2>/dev/null || cat {}",
                                   first, second));
}

}  // namespace

TEST_CASE("run --entrypoint, --env-file and --label-file", "[final]") {
  import_busybox();
  CHECK(output_of("zoomin run --rm --entrypoint echo bb one two") == "one two");
  CHECK(output_of("zoomin run --rm --entrypoint '' bb echo one") == "one");
  const scratch files;
  write_file(files / "env",
             "# a comment\nA=1\nB= sp ace \n\nCANARY\nGONE\nC=d#e\nD=\"q\"\n");
  write_file(files / "labels", "tier=front\nempty\n");
  CHECK(output_of("CANARY=x zoomin run --rm --env-file " + (files / "env") +
                  " -e A=2 bb env | grep -E '^(A|B|C|D|CANARY|GONE)=' | sort") ==
        "A=2\nB= sp ace \nC=d#e\nCANARY=x\nD=\"q\"");
  output_of("zoomin create --name c --label-file " + (files / "labels") +
            " --label tier=back bb");
  CHECK(output_of("zoomin inspect -f '{{json .Config.Labels}}' c") ==
        R"({"tier":"back","empty":""})");
  shell("zoomin rm c");
  write_file(files / "env", "not a name=1\n");
  const auto refused = shell("zoomin run --rm --env-file " + (files / "env") + " bb env");
  CHECK(refused.status == 125);
  CHECK(contains(refused.errors, "variable \"not a name\" contains whitespaces"));
}

TEST_CASE("each resource limit sets a file of the cgroup", "[final][v2]") {
  import_busybox();
  // Half a CPU, in the kernel's period.
  CHECK(limit_in_group("--cpu-period 50000 --cpu-quota 25000", "cpu.max",
                       "cpu/cpu.cfs_quota_us")
            .starts_with("50000"));
  CHECK(limit_in_group("--cpuset-cpus 0", "cpuset.cpus", "cpuset/cpuset.cpus") == "0");
  CHECK(limit_in_group("--cpuset-mems 0", "cpuset.mems", "cpuset/cpuset.mems") == "0");
  CHECK(limit_in_group("--pids-limit 77", "pids.max", "pids/pids.max") == "77");
  CHECK(limit_in_group("-m 64m --memory-reservation 32m", "memory.low",
                       "memory/memory.soft_limit_in_bytes") == "33554432");
  CHECK(limit_in_group("-m 64m", "memory.max", "memory/memory.limit_in_bytes") ==
        "67108864");
  CHECK(inside("--cpuset-cpus 0", "grep Cpus_allowed_list /proc/self/status") ==
        "Cpus_allowed_list:\t0");
}

TEST_CASE("run --cap-drop and --device-cgroup-rule", "[final]") {
  import_busybox();
  CHECK(inside("--cap-drop CHOWN", "touch /x; chown 1 /x 2>/dev/null || echo kept") ==
        "kept");
  CHECK(inside("--cap-drop ALL", "grep CapEff /proc/self/status") ==
        "CapEff:\t0000000000000000");
  CHECK(inside("--cap-drop ALL --cap-add CHOWN", "grep CapEff /proc/self/status") ==
        "CapEff:\t0000000000000001");
  // A device without a driver, so that the error shows whether the device was allowed.
  const std::string use = "mknod /dev/n c 10 57 && head -c 0 /dev/n";
  const auto allowed = shell(
      "zoomin run --rm --cap-add MKNOD --device-cgroup-rule 'c 10:57 rmw' bb sh -c '" +
      use + "'");
  CHECK(contains(allowed.errors, "No such device"));
  CHECK(contains(shell("zoomin run --rm --cap-add MKNOD bb sh -c '" + use + "'").errors,
                 "not permitted"));
  CHECK(shell("zoomin run --rm --device-cgroup-rule nonsense bb true").status == 125);
}

TEST_CASE("run --stop-signal and --stop-timeout", "[final]") {
  import_busybox();
  output_of(
      "zoomin run -d --name c --stop-signal USR1 --stop-timeout 1 bb sh -c 'trap \"exit "
      "4\" USR1; trap \"\" TERM; while :; do sleep 0.1; done'");
  output_of("zoomin stop c");
  CHECK(inspected("c")["State"]["ExitCode"] == 4);
  output_of("zoomin rm c");
  output_of(
      "zoomin run -d --name c --stop-timeout 1 bb sh -c 'trap \"\" TERM; sleep 60'");
  CHECK(std::stoi(output_of("a=$(date +%s); zoomin stop c > /dev/null; "
                            "echo $(($(date +%s) - a))")) <= 3);
  CHECK(inspected("c")["State"]["ExitCode"] == 137);
  CHECK(inspected("c")["State"]["OOMKilled"] == false);
  output_of("zoomin rm c");
}

TEST_CASE("run --init reaps orphaned processes", "[final]") {
  import_busybox();
  const auto zombies = [](const std::string& flags) {
    output_of("zoomin run -d --name c " + flags +
              " bb sh -c '(sh -c \"sleep 0.1 &\" &); exec sleep 60'");
    const auto seen = output_of(
        "zoomin exec c sh -c 'sleep 0.5; grep -l zombie /proc/[0-9]*/status | wc -l'");
    output_of("zoomin rm -f c");
    return seen;
  };
  CHECK(zombies("--init") == "0");
  CHECK(zombies("") != "0");
}

TEST_CASE("exec in the background, with variables, as another user", "[final]") {
  import_busybox();
  output_of("zoomin run -d --name c -e A=1 -u me bb sleep 60");
  CHECK(output_of("zoomin exec -d c sh -c 'echo done > /tmp/it'").empty());
  CHECK(output_of("until zoomin exec c test -s /tmp/it; do :; done; "
                  "zoomin exec c cat /tmp/it") == "done");
  CHECK(output_of("zoomin exec -e A=2 -e B=3 c sh -c 'echo $A $B'") == "2 3");
  CHECK(output_of("zoomin exec c id -G") == "1000 50");
  CHECK(output_of("zoomin exec -u 1234 c sh -c 'echo $HOME'") == "/");
  CHECK(output_of("zoomin exec -w /etc c pwd") == "/etc");
  output_of("zoomin rm -f c");
}

TEST_CASE("ps --last, and start -ai", "[final]") {
  import_busybox();
  for (const char* name : {"a", "b", "c"})
    output_of(fmt::format("zoomin create -i --name {} bb cat", name));
  CHECK(output_of("zoomin ps -l --format '{{.Names}}'") == "c");
  CHECK(output_of("zoomin ps -n 2 --format '{{.Names}}'") == "c\nb");
  CHECK(output_of("echo word | zoomin start -ai a") == "word");
  output_of("zoomin rm a b c");
}

TEST_CASE("run --pull, --platform and missing images", "[final]") {
  import_busybox();
  CHECK(output_of("zoomin run --rm --pull never bb echo fine") == "fine");
  CHECK(output_of("zoomin run --rm --pull missing bb echo fine") == "fine");
  CHECK(contains(shell("zoomin run --rm --pull often bb true").errors,
                 "expected missing, always or never"));
  CHECK(output_of("zoomin run --rm --platform linux/$(zoomin image inspect -f "
                  "'{{.Architecture}}' bb) bb echo fine") == "fine");
  CHECK(shell("zoomin run --rm --platform linux/s390x bb true").status == 125);
  CHECK(output_of("zoomin run --rm --userns host bb echo fine") == "fine");
  CHECK(contains(shell("zoomin run --rm --userns private bb true").errors,
                 "not supported"));
}
