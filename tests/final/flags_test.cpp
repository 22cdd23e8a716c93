// SPDX-License-Identifier: MIT
// Flags of run for names, ports, rights and limits, and their effect in the container.
#include <fmt/format.h>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

TEST_CASE("run --add-host, --dns, --ip and --mac-address", "[final]") {
  import_busybox();
  const auto hosts =
      inside("--add-host a.b:1.2.3.4 --add-host six=fd00::1 --add-host gw:host-gateway",
             "cat /etc/hosts");
  CHECK(contains(hosts, "1.2.3.4\ta.b"));
  CHECK(contains(hosts, "fd00::1\tsix"));
  CHECK(contains(hosts, "10.79.0.1\tgw"));
  CHECK(inside("--dns 9.9.9.9 --dns-search x.y --dns-option ndots:2",
               "cat /etc/resolv.conf") ==
        "nameserver 9.9.9.9\nsearch x.y\noptions ndots:2");
  CHECK(inside("--ip 10.79.9.9", "ip -4 -o addr show eth0 | grep -c 10.79.9.9/16") ==
        "1");
  CHECK(inside("--uts host", "hostname") == output_of("hostname"));
  CHECK(inside("--mac-address 02:00:00:00:AB:07", "cat /sys/class/net/eth0/address") ==
        "02:00:00:00:ab:07");
  for (const auto* wrong : {"03:00:00:00:00:07", "02:00:00:00:07", "02-00-00-00-00-07",
                            "00:00:00:00:00:00", "02:00:00:00:00:0g"}) {
    INFO(wrong);
    const auto refused =
        shell(fmt::format("zoomin run --rm --mac-address {} bb true", wrong));
    CHECK(refused.status == 125);
    CHECK(contains(refused.errors, "--mac-address"));
  }
  CHECK(shell("zoomin run --rm --network none --mac-address 02:00:00:00:00:07 bb true")
            .status == 125);
}

TEST_CASE("bind mounts can replace files in /etc", "[final]") {
  import_busybox();
  const scratch files;
  write_file(files / "own", "mine\n");
  for (const auto* path : {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}) {
    INFO(path);
    CHECK(inside(fmt::format("-v {}:{}:ro --add-host a:1.2.3.4", files / "own", path),
                 fmt::format("cat {}", path)) == "mine");
  }
  CHECK(output_of("cat " + (files / "own")) == "mine");
}

TEST_CASE("port ranges and free ports", "[final]") {
  import_busybox();
  shell(
      "zoomin run -d --name one -p 8100-8101:80-81 -p 9000 -P --expose 53/udp bb "
      "sleep 60");
  CHECK(output_of("zoomin port one 80") == "0.0.0.0:8100");
  CHECK(output_of("zoomin port one 81") == "0.0.0.0:8101");
  for (const auto* chosen : {"9000", "53/udp"}) {
    const auto port = output_of(fmt::format("zoomin port one {} | cut -d: -f2", chosen));
    INFO(chosen);
    CHECK(std::stoi(port) > 1023);
    CHECK(contains(output_of("zoomin ps --format '{{.Ports}}'"), port + "->"));
  }
  CHECK(output_of("zoomin inspect -f '{{(index (index .NetworkSettings.Ports \"81/tcp\") "
                  "0).HostPort}}' one") == "8101");
  shell("zoomin rm -f one");
}

TEST_CASE("limits of processes and of the cgroup", "[final]") {
  import_busybox();
  CHECK(inside("--ulimit nofile=100:200 --ulimit core=0", "ulimit -n; ulimit -Hn") ==
        "100\n200");
  CHECK(inside("--oom-score-adj 500", "cat /proc/self/oom_score_adj") == "500");
  CHECK(inside("--group-add 33 --group-add 44", "id -G") == "0 33 44");
  const std::string share = inside(
      "--cpu-shares 512", "cat /sys/fs/cgroup/cpu/cpu.shares /sys/fs/cgroup/cpu.weight");
  CHECK((share == "512" || share == "50"));
  CHECK(inside("--cpu-quota 50000 --cpu-shares 512 -m 20m --memory-reservation 10m",
               "echo fine") == "fine");
  shell("zoomin run -d --name one -e A=1 --oom-score-adj 300 bb sleep 60");
  CHECK(output_of("zoomin exec one cat /proc/self/oom_score_adj") == "300");
  shell("zoomin rm -f one");
}

TEST_CASE("run --sysctl sets only parameters of the container", "[final]") {
  import_busybox();
  CHECK(inside("--sysctl net.ipv4.ip_forward=1 --sysctl kernel.shmmax=12345",
               "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax; "
               "echo 0 > /proc/sys/net/ipv4/ip_forward || echo refused")
            .starts_with("1\n12345\n"));
  for (const auto* other : {"kernel.panic=1", "vm.swappiness=1", "net/../vm.swappiness=1",
                            "net.ipv4.nosuch=1"}) {
    INFO(other);
    CHECK(shell(fmt::format("zoomin run --rm --sysctl {} bb true", other)).status == 125);
  }
  CHECK(shell("zoomin run --rm --network host --sysctl net.ipv4.ip_forward=1 bb true")
            .status == 125);
  CHECK(contains(shell("zoomin run --rm --sysctl net.ipv4.ip_forward=x bb true").errors,
                 "zoomin: --sysctl net.ipv4.ip_forward=x: write("));
}

TEST_CASE("flags that add or remove rights", "[final]") {
  import_busybox();
  const std::string status =
      "grep -E \"NoNewPrivs|Seccomp:\" /proc/self/status | "
      "tr -d \"\\n\\t\"";
  CHECK(inside("", status) == "NoNewPrivs:0Seccomp:2");
  CHECK(inside("--security-opt no-new-privileges", status) == "NoNewPrivs:1Seccomp:2");
  CHECK(inside("--security-opt seccomp=unconfined", status) == "NoNewPrivs:0Seccomp:0");
  CHECK(inside("--device /dev/null:/dev/net/mine:rw",
               "echo x > /dev/net/mine && stat -c %t:%T /dev/net/mine") == "1:3");
  CHECK(shell("zoomin run --rm --security-opt nonsense bb true").status == 125);
  CHECK(shell("zoomin run --rm --device /etc/passwd bb true").status == 125);
  const auto result = shell(
      "zoomin run --rm --privileged bb sh -c 'grep CapEff /proc/self/status; "
      "mount | grep -c \"/sys type sysfs (rw\"'");
  CHECK(contains(result.errors, "--privileged: root in the container has all"));
  CHECK(lines_without_hints(result.errors) == 1);
  CHECK(contains(result.output, output_of("zoomin run --rm --cap-add ALL bb grep CapEff "
                                          "/proc/self/status")));
  CHECK(contains(result.output, "\n1"));
}

TEST_CASE("sharing namespaces with the host", "[final]") {
  import_busybox();
  for (const auto& [flag, name] : {std::pair("--pid", "pid"),
                                   {"--ipc", "ipc"},
                                   {"--uts", "uts"},
                                   {"--cgroupns", "cgroup"}}) {
    const std::string look = fmt::format("readlink /proc/self/ns/{}", name);
    INFO(flag);
    CHECK(inside(fmt::format("{} host", flag), look) == output_of(look));
    CHECK(inside("", look) != output_of(look));
    CHECK(shell(fmt::format("zoomin run --rm {} nonsense bb true", flag)).status == 125);
  }
  // Its children end with it, although no PID namespace ends them.
  shell("zoomin run --rm --pid host bb sh -c 'sleep 4242 & true'");
  CHECK(output_of("ps -eo args | grep -cx 'sleep 4242'") == "0");
}

TEST_CASE("run --attach, --sig-proxy and --detach-keys", "[final]") {
  import_busybox();
  CHECK(output_of("zoomin run --rm -a stdout bb sh -c 'echo out; echo err >&2' 2>&1") ==
        "out");
  CHECK(output_of("zoomin run --rm -a stderr bb sh -c 'echo out; echo err >&2' 2>&1") ==
        "err");
  const auto left = shell(
      "zoomin run --name stays --sig-proxy=false bb sleep 60 & "
      "until [ -n \"$(zoomin ps -q --filter name=stays)\" ]; do :; done; "
      "kill -TERM $!; wait $!; echo $?; zoomin ps --format '{{.Names}}'; zoomin rm -f "
      "stays");
  CHECK(left.output == "143\nstays\nstays\n");
  for (const auto* wrong : {"-a nonsense", "--detach-keys ctrl-", "--detach-keys ''",
                            "--pull often", "--platform linux/s390x", "--userns private",
                            "--isolation x", "--restart always"}) {
    INFO(wrong);
    CHECK(shell(fmt::format("zoomin run --rm {} bb true", wrong)).status == 125);
  }
  CHECK(output_of("zoomin ps -aq").empty());
}
