// SPDX-License-Identifier: MIT
// why: each test breaks one thing, and the first line of `zoomin why` names it.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

struct trouble {
  std::string makes;    // a line of sh(1) that makes container c and breaks it
  std::string verdict;  // the beginning of the first line
};

void check_each(const std::vector<trouble>& troubles) {
  import_busybox();
  for (const auto& [makes, verdict] : troubles) {
    INFO(makes);
    shell(makes);
    const auto shown = shell("zoomin why c");
    CHECK(shown.status == 0);
    INFO(shown.output + shown.errors);
    CHECK(shown.output.starts_with(verdict));
    CHECK(contains(shown.output, "\n  evidence:    "));
    CHECK_FALSE(contains(shown.output, "18446744073709551615"));
    shell("zoomin rm -f c");
  }
}

}  // namespace

TEST_CASE("why finds the limit that a container has reached", "[final][v2]") {
  check_each({
      {"zoomin run --name c -m 16m bb sh -c 'head -c 64m /dev/zero | tail'",
       "cgroup: the OOM killer ended a process at its limit of 16MiB"},
      {"zoomin run -d --name c -m 16m --init bb sh -c 'sh -c \"head -c 64m /dev/zero | "
       "tail\"; sleep 60'; until zoomin why c | grep -q OOM; do :; done",
       "cgroup: the OOM killer ended a process at its limit of 16MiB"},
      {"zoomin run -d --name c --pids-limit 3 bb sleep 60; "
       "zoomin exec c sh -c 'sleep 60 & sleep 60 & sleep 60 & wait'",
       "cgroup: it can't create more processes: its limit is reached"},
      {"zoomin run -d --name c --pids-limit 3 bb sleep 60; "
       "zoomin exec c sh -c 'sleep 60 & sleep 60 & sleep 60 & wait'; "
       "zoomin update --pids-limit -1 c",
       "cgroup: it couldn't create a process: its limit was reached"},
      {"zoomin run --name c --pids-limit 3 bb sh -c "
       "'sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait'",
       "cgroup: it couldn't create a process: its limit was reached"},
      {"zoomin run -d --name c --cpus 0.1 bb sh -c 'while :; do :; done'; "
       "until zoomin why c | grep -q throttled; do :; done",
       "cgroup: it waits for processor time: its limit is 0.10 processors"},
      {"zoomin run -d --name c bb sleep 60; zoomin pause c", "cgroup: it is paused"},
  });
}

TEST_CASE("why finds what a container's network lacks", "[final]") {
  const std::string pid = "$(zoomin inspect -f '{{.State.Pid}}' c)";
  check_each({
      {"zoomin run -d --name c --network none bb sleep 60",
       "namespace: it has no network but a loopback"},
      {"zoomin run -d --name c bb sleep 60; nsenter -t " + pid +
           " -n ip route del default",
       "namespace: it has no default route"},
      {"zoomin run -d --name c bb sleep 60; nsenter -t " + pid +
           " -n ip link set eth0 down",
       "namespace: its interface is down, or has no address"},
      {"zoomin network create --internal shut; zoomin run -d --name c --network shut bb "
       "sleep 60",
       "namespace: nothing outside its network can be reached"},
      {"zoomin run -d --name c -p 8080:80 bb sleep 60",
       "namespace: port 80 is published, but nothing listens on it"},
      {"zoomin run -d --name c -p 8080:80 bb httpd -f -p 127.0.0.1:80; "
       "until zoomin exec c netstat -ltn | grep -q :80; do :; done",
       "namespace: port 80 is published, but the program listens on the container's own "
       "127.0.0.1 only"},
      {"zoomin run -d --name c bb httpd -f -p 80; "
       "until zoomin exec c netstat -ltn | grep -q :80; do :; done",
       "namespace: port 80 isn't published: the host reaches it at 10."},
      {"zoomin run --name c bb wget -qO- http://db/ ",
       "namespace: a name wasn't found: containers have names on user-defined networks"},
      {"zoomin run -d --name c -t bb sleep 60; zoomin stop -t 0 c",
       "namespace: it was killed, because PID 1 ignored the stop signal"},
  });
  shell("zoomin network rm shut");
}

TEST_CASE("why finds the file or the privilege that a container lacks", "[final]") {
  check_each({
      {"zoomin run --name c bb nosuch", "filesystem: a command isn't in the image"},
      {"zoomin run --name c bb /etc", "filesystem: a command can't be executed"},
      {"zoomin run --name c bb cat /nosuch", "filesystem: a file is in none of its"},
      {"zoomin run --name c --read-only bb touch /file",
       "filesystem: its root is read-only"},
      {"zoomin run --name c bb sh -c 'echo 1 > /proc/sys/vm/swappiness'",
       "filesystem: it wrote to a read-only mount"},
      {"zoomin run --name c --tmpfs /t:size=4k bb dd if=/dev/zero of=/t/f bs=64k count=1",
       "filesystem: a file system was full"},
      {"zoomin run --name c -u 1000 bb touch /file",
       "filesystem: the owner and mode of a file refuse user 1000"},
      {"zoomin run --name c bb hostname other", "privileges: a capability that it lacks"},
  });
}

TEST_CASE("why says that it found nothing, and refuses what isn't a container",
          "[final]") {
  import_busybox();
  shell("zoomin run --name c bb sh -c 'exit 3'");
  CHECK(output_of("zoomin why c") ==
        "no cause found in its namespaces, its cgroup or its files\n"
        "  look closer: zoomin logs c");
  CHECK(output_of("zoomin why --format '{{.Layer}}' c").empty());
  // A PID 1 that ignores signals is no problem until it is stopped.
  shell("zoomin rm c; zoomin run -d --name c --stop-timeout 7 bb sleep 60");
  CHECK(output_of("zoomin why c") ==
        "no cause found in its namespaces, its cgroup or its files\n"
        "  look closer: zoomin logs c\n"
        "remark: stop takes 7 s, since PID 1 has no handler for SIGTERM; --init would "
        "add one");
  CHECK(output_of("zoomin why --format '{{.Layer}}' c").empty());
  shell("zoomin rm -f c; zoomin run -d --name c --init bb sleep 60");
  CHECK_FALSE(contains(output_of("zoomin why c"), "remark"));
  shell("zoomin rm -f c; zoomin run --name c bb nosuch");
  CHECK(output_of("zoomin why --format '{{.Layer}}' c") == "filesystem");
  CHECK(shell("zoomin why nosuch").status == 1);
  CHECK(shell("zoomin why").status == 1);
  shell("zoomin rm c");
}
