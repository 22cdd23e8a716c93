// SPDX-License-Identifier: MIT
// stats, top and --format.
#include <fmt/format.h>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

TEST_CASE("stats shows usage and limits", "[final]") {
  import_busybox();
  shell("zoomin run -d --name busy -m 64m --cpus 0.5 bb sh -c 'while :; do :; done'");
  shell("zoomin run -d --name idle bb sleep 60");
  const auto once = [](const std::string& more) {
    return output_of("zoomin stats --no-stream " + more);
  };
  CHECK(contains(once(""), "CONTAINER ID"));
  CHECK(contains(once("busy --format '{{.MemUsage}}'"), " / 64MiB"));
  const double percent = std::stod(once("busy --format '{{.CPUPerc}}'"));
  CHECK(percent > 25);
  CHECK(percent < 75);
  CHECK(std::stod(once("idle --format '{{.CPUPerc}}'")) < 5);
  CHECK(once("idle busy --format '{{.Name}} {{.PIDs}}' | sort") == "busy 1\nidle 1");
  // Without a terminal it prints rounds until the reader closes the pipe.
  CHECK(output_of("zoomin stats --format '{{.Name}}' idle | head -2") == "idle\nidle");
  CHECK(shell("zoomin stats --no-stream nosuch").status != 0);
  shell("zoomin rm -f busy idle");
}

TEST_CASE("the page cache of a written file doesn't count as memory in use", "[final]") {
  import_busybox();
  const scratch directory("/var/tmp");  // on a disk: files of a tmpfs are memory
  shell(
      fmt::format("zoomin run -d --name c -m 400m -v {}:/out bb sh -c "
                  "'dd if=/dev/zero of=/out/f bs=1M count=150; sync; touch /out/done; "
                  "exec sleep 60'; until [ -e {}/done ]; do :; done",
                  directory.path(), directory.path()));
  const auto mebibytes = [](const std::string& text) {
    return std::stod(text) / (contains(text, "KiB") ? 1024 : 1);
  };
  CHECK(mebibytes(output_of("zoomin stats --no-stream --format '{{.MemUsage}}' c")) < 30);
  CHECK(std::stod(output_of(
            "zoomin inspect --questions -f '{{.Cgroup.Usage.Memory}}' c")) < 30e6);
  shell("zoomin rm -f c");
}

TEST_CASE("top shows a container's processes with the host's PIDs", "[final]") {
  import_busybox();
  shell("zoomin run -d --name one bb sh -c 'sleep 61 & exec sleep 60'");
  const std::string pid = output_of("zoomin inspect -f '{{.State.Pid}}' one");
  const std::string result = output_of("zoomin top one");
  CHECK(contains(result, "PPID"));
  CHECK(contains(result, "sleep 60"));
  CHECK(contains(result, "sleep 61"));
  CHECK(output_of("zoomin top one | wc -l") == "3");
  CHECK(contains(output_of("zoomin top one -o pid,comm"), pid));
  CHECK(contains(output_of("script -qec 'zoomin top one -o pid,comm' /dev/null"), pid));
  CHECK(contains(output_of("zoomin top one fx"), "\\_ sleep 61"));
  const auto refused = shell("zoomin top one -o comm");
  CHECK(refused.status == 1);
  CHECK(contains(refused.errors, "must include a PID column"));
  shell("zoomin stop -t 0 one");
  CHECK(contains(shell("zoomin top one").errors, "is not running"));
  shell("zoomin rm one");
}

TEST_CASE("a template of --format selects fields", "[final]") {
  import_busybox();
  shell(
      "zoomin run -d --name web -p 8080:80 --label tier=front -v /tmp:/host bb sleep 60");
  CHECK(output_of("zoomin ps --format '{{.Names}}|{{.Image}}|{{.State}}|{{.Ports}}'") ==
        "web|bb|running|0.0.0.0:8080->80/tcp");
  CHECK(output_of("zoomin ps --format '{{.Labels}} {{.Mounts}} {{.Networks}}'") ==
        "tier=front /tmp bridge");
  CHECK(output_of("zoomin ps --format 'table {{.Names}}\\t{{.Status}}' | head -1") ==
        "NAMES     STATUS");
  CHECK(contains(output_of("zoomin ps --format json"), "\"Names\":\"web\""));
  CHECK(
      output_of("zoomin inspect -f '{{.Name}} {{.State.Running}} {{.HostConfig.Memory}}' "
                "web") == "/web true 0");
  CHECK(output_of("zoomin inspect -f '{{range $p, $to := .NetworkSettings.Ports}}{{$p}}->"
                  "{{(index $to 0).HostPort}}{{end}}' web") == "80/tcp->8080");
  CHECK(output_of("zoomin images --format '{{.Repository}}:{{.Tag}}'") == "bb:latest");
  CHECK(output_of("zoomin image inspect -f '{{len .RootFS.Layers}}' bb") == "1");
  const auto refused = shell("zoomin ps --format '{{.Nosuch}}'");
  CHECK(refused.status == 1);
  CHECK(lines_without_hints(refused.errors) == 1);
  shell("zoomin rm -f web");
}

TEST_CASE("inspect --questions shows namespaces, cgroup and files", "[final][v2]") {
  import_busybox();
  output_of(
      "zoomin run -d --name c -m 64m --cpus 0.5 -p 8080:80 --uts host -v vol:/data bb sh "
      "-c 'head -c 3000 /dev/zero > /file; sleep 60'");
  shell("until zoomin exec c test -s /file; do :; done");
  const auto of = [](const std::string& text) {
    return output_of("zoomin inspect --questions -f '{{" + text + "}}' c");
  };
  CHECK("net:[" + of(".Namespaces.net.Inode") + "]" ==
        output_of("readlink /proc/$(zoomin inspect -f '{{.State.Pid}}' c)/ns/net"));
  CHECK(of(".Namespaces.pid.Host") == "false");
  CHECK(of(".Namespaces.uts.Host") == "true");
  CHECK(of("(index .Namespaces.Networks 0).Address") ==
        output_of("zoomin exec c hostname -i"));
  CHECK(of("(index .Namespaces.Networks 0).Bridge") == "zoomin0");
  CHECK(of("index .Namespaces.Ports 0") == "8080:80/tcp");
  CHECK(of(".Cgroup.Limits.Memory") == "67108864");
  CHECK(of(".Cgroup.Limits.Quota") == "50000");
  CHECK(of(".Cgroup.Usage.Pids") == "1");
  CHECK(of(".Cgroup.Met.OomKills") == "0");
  CHECK(shell("test -d " + of("index .Cgroup.Directories 0")).status == 0);
  CHECK(of("(index .Filesystem.Layers 0).Size") ==
        output_of("zoomin image inspect -f '{{.Size}}' bb"));
  CHECK(of(".Filesystem.Writable.Size") == "3000");
  CHECK(of("(index .Filesystem.Mounts 0).Destination") == "/data");
  shell("zoomin stop -t 0 c");
  CHECK(of("json .Namespaces") + of("json .Cgroup") == "nullnull");
  CHECK(of(".Filesystem.Writable.Size") == "3000");
  CHECK(shell("zoomin inspect --questions bb").status == 1);
  CHECK(shell("zoomin inspect --questions --type image bb").status == 125);
  shell("zoomin rm c; zoomin volume rm vol");
}
