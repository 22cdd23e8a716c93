// SPDX-License-Identifier: MIT
// exec: the environment of its command, and what the command leaves behind.
#include <fmt/format.h>

#include <csignal>
#include <string>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin::test;

namespace {

// Returns how many processes of container c run `command`.
std::string count_of(const std::string& command) {
  return says(fmt::format("zoomin top c | grep -c '{}'", command));
}

// Waits up to a few seconds until `number` processes of container c run `command`.
bool becomes(const std::string& command, const std::string& number) {
  return shell(fmt::format("for i in $(seq 100); do "
                           "[ \"$(zoomin top c | grep -c '{}')\" = {} ] && exit 0; "
                           "sleep 0.05; done; exit 1",
                           command, number))
             .status == 0;
}

}  // namespace

TEST_CASE("the command of exec ends with its client: TERM, HUP, closed terminal",
          "[final]") {
  import_busybox();
  says("zoomin run -d --name c bb sleep 1000");
  int seconds = 91;
  for (const int signal : {SIGTERM, SIGHUP, SIGINT}) {
    const std::string command = fmt::format("sleep {}", seconds++);
    INFO(command);
    subprocess client({built("zoomin"), "exec", "c", "sleep", command.substr(6)});
    CHECK(becomes(command, "1"));
    client.kill(signal);
    CHECK(client.end() == 128 + signal);
    CHECK(count_of(command) == "0");
  }
  for (const char* flags : {"-it", "-t", "-i"}) {
    const std::string command = fmt::format("sleep {}", seconds++);
    INFO(command << flags);
    terminal window({built("zoomin"), "exec", flags, "c", "sleep", command.substr(6)});
    CHECK(becomes(command, "1"));
    window.hang_up();
    CHECK(becomes(command, "0"));
  }
  CHECK(count_of("sleep 1000") == "1");
  says("zoomin rm -f c");
}

TEST_CASE("too many variables are reported, and nothing is left", "[final]") {
  import_busybox();
  const scratch files;
  std::string many;
  for (int i = 0; i < 60; ++i)
    many += fmt::format("V{}={}\n", i, std::string(60'000, 'x'));
  write_file(files / "many", many);
  write_file(files / "long", "V=" + std::string(131'072, 'x') + "\n");
  for (const char* name : {"many", "long"}) {
    INFO(name);
    const auto refused = shell(
        fmt::format("zoomin run --rm --name c --env-file {} bb true", files / name));
    CHECK(refused.status == 126);
    CHECK(contains(refused.errors, "argument list too long"));
    CHECK(lines_without_hints(refused.errors) == 1);
    CHECK(says("zoomin ps -aq").empty());
  }
  // The container can be created, and start reports the error.
  says(fmt::format("zoomin create --name c --env-file {} bb true", files / "long"));
  CHECK(contains(shell("zoomin start c").errors, "argument list too long"));
  CHECK(says("zoomin ps -a --format '{{.Status}}'") == "Created");
  says("zoomin rm c");
}

TEST_CASE("exec's soft limit of open files is its own and not above the hard limit",
          "[final]") {
  import_busybox();
  const std::string look = " bb sh -c 'ulimit -Sn; ulimit -Hn'";
  CHECK(says("zoomin run --rm bb sh -c 'test $(ulimit -n) -le 1024 && echo ok'") == "ok");
  CHECK(says("zoomin run --rm --ulimit nofile=512:1024" + look) == "512\n1024");
  CHECK(says("zoomin run --rm --ulimit nofile=512" + look) == "512\n512");
  CHECK(shell("zoomin run --rm --ulimit nofile=1024:512 bb true").status == 125);
  says("zoomin run -d --name c --ulimit nofile=512:1024 bb sleep 60");
  CHECK(says("zoomin exec c sh -c 'ulimit -Sn; ulimit -Hn'") == "512\n1024");
  says("zoomin rm -f c");
}
