// SPDX-License-Identifier: MIT
// update: limits of running and stopped containers.
#include <fmt/format.h>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

std::string host_config(const std::string& key) {
  return output_of("zoomin inspect -f '{{.HostConfig." + key + "}}' c");
}

}  // namespace

TEST_CASE("a running container gets its new limits at once", "[final][v2]") {
  import_busybox();
  shell("zoomin run -d --name c -m 32m --cpus 0.5 --pids-limit 50 bb sleep 1000");
  const auto limit = [] {
    return output_of(
        "zoomin stats --no-stream --format '{{.MemUsage}}' c | sed 's/.*\\///'");
  };
  CHECK(limit() == " 32MiB");
  CHECK(output_of("zoomin update -m 64m --memory-swap 64m c") == "c");
  CHECK(limit() == " 64MiB");
  CHECK(host_config("Memory") == "67108864");
  CHECK(host_config("NanoCpus") == "500000000");
  CHECK(output_of("zoomin update --pids-limit 2 --cpus 1.5 c") == "c");
  CHECK(host_config("NanoCpus") == "1500000000");
  CHECK(limit() == " 64MiB");
  const auto many =
      shell("zoomin exec c sh -c 'sleep 0.1 & sleep 0.1 & sleep 0.1; wait'");
  CHECK(contains(many.errors, "can't fork"));
  // An invalid limit is refused and changes nothing.
  CHECK(contains(shell("zoomin update -m 1k c").errors, "--memory"));
  CHECK(contains(shell("zoomin update --cpuset-cpus 4000 c").errors, "--cpuset-cpus"));
  CHECK(contains(shell("zoomin update c").errors, "must provide one or more flags"));
  CHECK(contains(shell("zoomin update --label a=b c").errors, "unknown flag"));
  CHECK(shell("zoomin update -m 64m nosuch").status == 1);
  CHECK(limit() == " 64MiB");
  CHECK(output_of("zoomin exec c echo well") == "well");
  shell("zoomin rm -f c");
}

TEST_CASE("a stopped container starts with its new limits and restart policy",
          "[final]") {
  import_busybox();
  shell("zoomin create --name c --cpu-quota 20000 bb sh -c 'echo run; exit 1'");
  CHECK(output_of("zoomin update -m 48m --cpus 1 --restart on-failure:1 c") == "c");
  CHECK(host_config("CpuQuota") == "0");
  CHECK(output_of("zoomin start c; zoomin wait c; zoomin logs c") == "c\n1\nrun\nrun");
  CHECK(host_config("Memory") == "50331648");
  shell("zoomin rm c");
}

TEST_CASE("as with Docker, 0 leaves a limit unchanged", "[final][v2]") {
  import_busybox();
  output_of(
      "zoomin run -d --name c -m 32m --cpu-quota 20000 --cpu-shares 512 --cpuset-cpus 0 "
      "bb sleep 1000");
  const auto in_kernel = [] {
    return output_of(
        "zoomin exec c sh -c 'cd /sys/fs/cgroup; cat cpu.max cpu.weight cpuset.cpus "
        "2>/dev/null || cat cpu/cpu.cfs_quota_us cpu/cpu.shares cpuset/cpuset.cpus'");
  };
  const auto before = in_kernel();
  CHECK(contains(before, "20000"));
  CHECK(output_of("zoomin update --cpu-shares 0 --cpu-quota 0 --cpu-period 0 "
                  "--blkio-weight 0 --cpuset-cpus '' --cpuset-mems '' c") == "c");
  CHECK(host_config("CpuShares") == "512");
  CHECK(host_config("CpuQuota") == "20000");
  CHECK(host_config("CpusetCpus") == "0");
  CHECK(in_kernel() == before);
  CHECK(output_of("zoomin update --cpu-quota -1 c") == "c");
  CHECK(host_config("CpuQuota") == "-1");
  CHECK_FALSE(contains(in_kernel(), "20000"));
  output_of("zoomin restart -t 0 c");
  CHECK_FALSE(contains(in_kernel(), "20000"));
  shell("zoomin rm -f c");
}

TEST_CASE("update --cpus replaces --cpu-quota and --cpu-period, and the reverse",
          "[final]") {
  import_busybox();
  shell("zoomin create --name c --cpu-quota 20000 --cpu-period 50000 bb true");
  CHECK(output_of("zoomin update --cpus 1 c") == "c");
  CHECK(host_config("NanoCpus") == "1000000000");
  CHECK(host_config("CpuQuota") == "0");
  CHECK(host_config("CpuPeriod") == "0");
  CHECK(output_of("zoomin update --cpu-quota 20000 --cpu-period 50000 c") == "c");
  CHECK(host_config("NanoCpus") == "0");
  CHECK(host_config("CpuPeriod") == "50000");
  CHECK(contains(shell("zoomin update --cpus 1 --cpu-period 50000 c").errors,
                 "--cpu-period requires --cpu-quota"));
  CHECK(host_config("CpuPeriod") == "50000");
  shell("zoomin rm c");
}

TEST_CASE("a restart policy changed at run time applies when the container ends",
          "[final]") {
  import_busybox();
  shell("zoomin run -d --name c --init --restart always bb sh -c 'echo run; sleep 1000'");
  CHECK(output_of("zoomin update --restart no c") == "c");
  shell("kill -KILL $(zoomin inspect -f '{{.State.Pid}}' c)");
  CHECK(output_of("zoomin wait c; zoomin logs c") == "137\nrun");
  CHECK(output_of("zoomin events --since 1h --until 0s -f event=update "
                  "--format '{{.Action}}'") == "update");
  shell("zoomin rm c; zoomin run -d --name c --rm bb sleep 1000");
  CHECK(contains(shell("zoomin update --restart always c").errors, "--rm"));
  shell("zoomin rm -f c");
}
