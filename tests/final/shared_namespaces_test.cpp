// SPDX-License-Identifier: MIT
// Containers that join namespaces of other containers.
#include <fmt/format.h>

#include <chrono>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

std::string namespace_of(const std::string& container, const std::string& kind) {
  return output_of("readlink /proc/$(zoomin inspect -f '{{.State.Pid}}' " + container +
                   ")/ns/" + kind);
}

}  // namespace

TEST_CASE("a container joins another's network namespace", "[final][v2]") {
  import_busybox();
  output_of("zoomin network create web");
  output_of(
      "zoomin run -d --name app --network web --add-host far:10.9.9.9 bb "
      "httpd -f -p 80 -h /etc");
  output_of("zoomin run -d --name probe --network container:app bb sleep 60");
  CHECK(namespace_of("probe", "net") == namespace_of("app", "net"));
  for (const char* own : {"pid", "ipc", "uts", "mnt"})
    CHECK(namespace_of("probe", own) != namespace_of("app", own));

  const std::string address = output_of("zoomin exec app hostname -i");
  CHECK(output_of("zoomin exec probe hostname -i") == address);
  CHECK(contains(output_of("zoomin exec probe wget -qO- http://127.0.0.1/hosts"),
                 "localhost"));
  CHECK(contains(output_of("zoomin exec probe nslookup app"), address));
  CHECK(output_of("zoomin exec probe grep far /etc/hosts") == "10.9.9.9\tfar");
  // Its end leaves the other container's network alone.
  output_of("zoomin rm -f probe");
  CHECK(output_of("zoomin exec app hostname -i") == address);
  // The end of the other container removes the default route: another container may get
  // the address.
  output_of("zoomin run -d --name probe --network container:app bb sleep 60");
  output_of("zoomin run -d --name third --network web bb httpd -f -p 80 -h /etc");
  const std::string fetch =
      "zoomin exec probe timeout 2 wget -qO- http://$(zoomin inspect -f "
      "'{{.NetworkSettings.IPAddress}}' third)/hosts";
  CHECK(contains(output_of(fetch), "localhost"));
  output_of("zoomin rm -f app");
  output_of("zoomin run -d --name app --network web --ip " + address +
            " bb httpd -f -h /etc");
  CHECK(shell(fetch).status != 0);
  CHECK(contains(output_of("zoomin run --rm --network web bb wget -qO- http://app/hosts"),
                 "localhost"));
  output_of("zoomin rm -f probe third");
  output_of("zoomin rm -f app; zoomin network rm web");
}

TEST_CASE("a container joins another's IPC namespace and /dev/shm", "[final]") {
  import_busybox();
  output_of("zoomin run -d --name app --shm-size 8m bb sleep 60");
  output_of("zoomin run -d --name probe --ipc container:app bb sleep 60");
  CHECK(namespace_of("probe", "ipc") == namespace_of("app", "ipc"));
  CHECK(namespace_of("probe", "mnt") != namespace_of("app", "mnt"));
  output_of("zoomin exec app sh -c 'echo hello > /dev/shm/note'");
  CHECK(output_of("zoomin exec probe cat /dev/shm/note") == "hello");
  output_of("zoomin exec probe sh -c 'echo again > /dev/shm/note'");
  CHECK(output_of("zoomin exec app cat /dev/shm/note") == "again");
  CHECK(output_of("zoomin exec probe grep ' /dev/shm ' /proc/mounts") ==
        output_of("zoomin exec app grep ' /dev/shm ' /proc/mounts"));
  CHECK(!contains(output_of("ls /dev/shm"), "note"));
  output_of("zoomin rm -f app");
  CHECK(output_of("zoomin exec probe cat /dev/shm/note") == "again");
  output_of("zoomin restart -t 0 probe; true");
  CHECK(contains(shell("zoomin start probe").errors, "no such container"));
  CHECK(shell("zoomin run --rm --ipc container:probe bb true").status == 125);
  CHECK(
      contains(shell("zoomin create --ipc container:probe --shm-size 9m bb true").errors,
               "--shm-size"));
  CHECK(output_of("zoomin run --rm --ipc shareable bb echo well") == "well");
  output_of("zoomin run -d --name bare --ipc none bb sleep 60");
  CHECK(contains(shell("zoomin run --rm --ipc container:bare bb true").errors,
                 "the container has no shared memory"));
  output_of("zoomin rm -f bare");
  CHECK(output_of("zoomin run --rm --ipc none bb grep -c shm /proc/mounts") == "0");
  CHECK(output_of("zoomin run --rm --ipc none bb readlink /proc/self/ns/ipc") !=
        output_of("readlink /proc/self/ns/ipc"));
  for (const auto* other : {"--pid", "--uts", "--cgroupns"})
    CHECK(shell(fmt::format("zoomin create {} shareable bb true", other)).status == 125);
  output_of("zoomin rm -f probe");
}

TEST_CASE("a container joins another's PID namespace", "[final]") {
  import_busybox();
  output_of("zoomin run -d --name app bb sleep 61");
  output_of("zoomin run -d --name probe --pid container:app bb sh -c 'sleep 62 & wait'");
  CHECK(namespace_of("probe", "pid") == namespace_of("app", "pid"));
  CHECK(namespace_of("probe", "net") != namespace_of("app", "net"));
  CHECK(output_of("zoomin exec probe ps | grep -c 'sleep 6[1]'") == "1");
  CHECK(output_of("zoomin exec probe cat /proc/1/comm") == "sleep");
  CHECK(output_of("zoomin top probe | grep -c 'sleep 6[1]'; true") == "0");
  // No process of it is left in the other container's namespace.
  output_of("zoomin rm -f probe");
  CHECK(output_of("zoomin exec app ps | grep -c 'sleep 6[2]'; true") == "0");
  // Later children of the monitor are in its own PID namespace again.
  output_of(
      "zoomin run -d --name checked --pid container:app --health-cmd 'exit 0' "
      "--health-interval 100ms bb sleep 60");
  output_of(
      "until [ \"$(zoomin inspect -f '{{.State.Health.Status}}' checked)\" = healthy ]; "
      "do :; done");
  output_of("zoomin rm -f checked app");
}

TEST_CASE("a container joins another's UTS and cgroup namespaces", "[final]") {
  import_busybox();
  output_of("zoomin run -d --name app -h lion bb sleep 60");
  output_of(
      "zoomin run -d --name probe --uts container:app --cgroupns container:app bb sleep "
      "60");
  for (const char* its : {"uts", "cgroup"})
    CHECK(namespace_of("probe", its) == namespace_of("app", its));
  CHECK(namespace_of("probe", "ipc") != namespace_of("app", "ipc"));
  CHECK(output_of(
            "zoomin exec probe sh -c 'hostname; echo $HOSTNAME; cat /etc/hostname'") ==
        "lion\nlion\nlion");
  const std::string id = output_of("zoomin inspect -f '{{.Id}}' probe");
  CHECK(contains(output_of("zoomin exec probe cat /proc/self/cgroup"), ":/../" + id));
  output_of("zoomin rm -f probe");
  CHECK(output_of("zoomin exec app hostname") == "lion");
  output_of("zoomin rm -f app");
}

TEST_CASE("a container isn't started unless the one that it joins is running",
          "[final]") {
  import_busybox();
  output_of("zoomin run -d --name app bb sleep 60");
  output_of("zoomin run -d --name probe --network container:app bb sleep 60");
  const auto chained = shell("zoomin run --rm --network container:probe bb true");
  CHECK(chained.status == 125);
  CHECK(contains(chained.errors, "itself uses another container's network"));
  output_of("zoomin rename app other; zoomin kill probe; zoomin wait probe");
  CHECK(output_of("zoomin start probe") == "probe");
  output_of("zoomin kill other probe; zoomin wait other probe");
  const auto stopped = shell("zoomin start probe");
  CHECK(stopped.status == 1);
  CHECK(contains(stopped.errors, "the container is not running"));
  output_of("zoomin rm other");
  CHECK(contains(shell("zoomin start probe").errors, "no such container"));
  output_of("zoomin rm probe");
}

TEST_CASE("flags that belong to a joined namespace are refused", "[final]") {
  import_busybox();
  output_of("zoomin create --name app bb true");
  for (const auto* flag : {"--publish 80:80", "--ip 10.79.0.9", "--add-host a:1.1.1.1",
                           "--dns 1.1.1.1", "--network-alias x", "--sysctl net.a=1"}) {
    INFO(flag);
    const std::string text = flag;
    const auto refused =
        shell(fmt::format("zoomin create {} --network container:app bb true", text));
    CHECK(refused.status == 125);
    CHECK(contains(refused.errors, text.substr(0, text.find(' '))));
  }
  const auto unknown = shell("zoomin create --pid container:nosuch bb true");
  CHECK(unknown.status == 125);
  CHECK(contains(unknown.errors, "No such container: nosuch"));
  CHECK(contains(shell("zoomin create --uts container:app -h x bb true").errors,
                 "--hostname"));
  CHECK(output_of("zoomin ps -aq | wc -l") == "1");
  output_of("zoomin rm app");
}

TEST_CASE("in a shared PID namespace writers that outlive init are killed",
          "[neighbours]") {
  import_busybox();
  shell("zoomin run -d --init --name a bb sleep 100");
  for (const char* processes : {"host", "container:a"}) {
    INFO(processes);
    const auto began = std::chrono::steady_clock::now();
    const auto seen = shell(fmt::format(
        "zoomin run --rm --pid {} bb sh -c 'yes & yes >&2 & sleep 0.2' 2>/dev/null | "
        "tail -c 2; pgrep -x yes",
        processes));
    CHECK(seen.output == "y\n");
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(15));
  }
  // A process of exec isn't killed then, and doesn't delay the end.
  CHECK(shell("zoomin exec a sh -c 'yes & sleep 0.2' | tail -c 2", 20).status == 0);
  shell("zoomin rm -f a");
}
