// SPDX-License-Identifier: MIT
// Bugs that were reported against other runtimes and that no other test covers.
#include <fmt/format.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin::test;

TEST_CASE("the caller's umask doesn't affect created files", "[final]") {
  import_busybox();
  const scratch host;
  const auto seen = output_of(fmt::format(
      "umask 077; zoomin run --rm -u 1000 -v {0}/a/b:/b bb sh -c 'umask; cat /etc/hosts "
      "/etc/resolv.conf /etc/hostname > /dev/null; echo $?; stat -c %a /etc/hosts "
      "/etc/resolv.conf /b'; stat -c %a {0}/a; zoomin run -d --name c -v new:/n bb sleep "
      "60 > /dev/null; zoomin exec -u 1000 c sh -c 'umask; stat -c %a /n; ls /n'; "
      "zoomin rm -f c > /dev/null; zoomin volume rm new",
      host.path()));
  CHECK(seen == "0022\n0\n644\n644\n755\n755\n0022\n755\nnew");
}

TEST_CASE("a tmpfs has its requested mode after each start", "[final]") {
  import_busybox("bb", "mkdir -p var/log; chmod 711 var/log");
  for (const auto& [options, mode] :
       {std::pair{",tmpfs-mode=1770", "1770"}, {"", "1777"}}) {
    output_of(
        fmt::format("zoomin create --name c --mount type=tmpfs,dst=/var/log{} bb stat -c "
                    "%a /var/log",
                    options));
    CHECK(output_of("zoomin start -a c; zoomin start -a c") ==
          fmt::format("{0}\n{0}", mode));
    output_of("zoomin rm c");
  }
}

TEST_CASE("sizes have the same value in each unit, and invalid ones are refused",
          "[final]") {
  import_busybox();
  const auto memory = [](const std::string& text) {
    const auto made = shell(fmt::format("zoomin create --name c -m '{}' bb true", text));
    if (made.status != 0) return std::string("refused");
    const auto bytes = output_of("zoomin inspect -f '{{.HostConfig.Memory}}' c");
    output_of("zoomin rm c");
    return bytes;
  };
  for (const char* text : {"30m", "30M", "30mb", "30MiB", "31457280b"})
    CHECK(memory(text) == "31457280");
  CHECK(memory("0.03g") == "32212254");
  for (const char* text : {"30mk", "g", "-5m", "", "512"})
    CHECK(memory(text) == "refused");
  CHECK(shell("zoomin create -m 30m --memory-swap 20m bb true").status == 125);
  for (const auto& [text, nano] : {std::pair{"1.5", "1500000000"}, {".5", "500000000"}}) {
    output_of(fmt::format("zoomin create --name c --cpus {} bb true", text));
    CHECK(output_of("zoomin inspect -f '{{.HostConfig.NanoCpus}}' c") == nano);
    output_of("zoomin rm c");
  }
  CHECK(contains(output_of("zoomin run -d --name c bb sleep 60; zoomin stats --no-stream "
                           "--format '{{.MemUsage}}' c; zoomin rm -f c"),
                 "GiB"));
}

TEST_CASE("unusual port specifications", "[final]") {
  import_busybox();
  for (const char* text : {"9125/udp:9125/udp", "30000-30001:40000-40002", "70000:80",
                           "a:80", "1:2:3:4", "127.0.0.1:80:", ":::"}) {
    INFO(text);
    CHECK(shell(fmt::format("zoomin create -p {} bb true", text)).status == 125);
  }
  CHECK(output_of("zoomin ps -aq").empty());
  output_of(
      "zoomin run -d --name c -p 127.0.0.1::80 -p 30000-30002:40000-40002 bb sleep 60");
  CHECK(output_of("zoomin port c 80").starts_with("127.0.0.1:"));
  for (const char* last : {"0", "1", "2"})
    CHECK(output_of(fmt::format("zoomin port c 4000{}", last)) ==
          fmt::format("0.0.0.0:3000{}", last));
  output_of("zoomin rm -f c");
}

TEST_CASE("a container that joins another's network shares its host name", "[final]") {
  import_busybox();
  output_of("zoomin run -d --name c -h den bb sleep 60");
  const auto refused = shell("zoomin run --rm --network container:c -h x bb true");
  CHECK(refused.status == 125);
  CHECK(contains(refused.errors, "--hostname"));
  CHECK(
      output_of(
          "zoomin run --rm --network container:c bb sh -c 'hostname; cat /etc/hosts'") ==
      "den\n" + output_of("zoomin exec c cat /etc/hosts"));
  // With its own name both names are resolved.
  CHECK(
      output_of(
          "zoomin exec c sh -c 'hostname; grep -c den /etc/hosts; cat /etc/hostname'") ==
      "den\n1\nden");
  output_of("zoomin rm -f c");
}

TEST_CASE("volumes: created twice, anonymous, and left by removed containers",
          "[final]") {
  import_busybox();
  CHECK(output_of("zoomin volume create v; zoomin volume create v") == "v\nv");
  const auto name = output_of("zoomin volume create");
  CHECK(name.size() == 64);
  const auto mixed = shell("zoomin volume rm " + name + " nosuch v");
  CHECK(mixed.status == 1);
  CHECK(mixed.output == name + "\nv\n");
  CHECK(contains(mixed.errors, "nosuch"));
  output_of("zoomin run --rm -v /anon -v v1:/n bb true");
  CHECK(output_of("zoomin volume ls -q") == "v1");
  output_of("zoomin run --name c -v /anon -v v1:/n bb true; zoomin rm -v c");
  CHECK(output_of("zoomin volume ls -q") == "v1");
  output_of("zoomin volume rm v1");
}

TEST_CASE("exit statuses of exec, with and without a terminal", "[final]") {
  import_busybox();
  output_of("zoomin run -d --name c --group-add 1234 bb sleep 60");
  for (const auto& [words, status] :
       {std::pair{"c /etc", 126}, {"c nosuch", 127}, {"-w /missing c true", 127}}) {
    INFO(words);
    CHECK(shell(fmt::format("zoomin exec {}", words)).status == status);
    terminal session(
        {"sh", "-c",
         fmt::format("{} exec -t {}; echo status-$?", built("zoomin"), words)});
    session.expect(fmt::format("status-{}", status));
  }
  CHECK(output_of("zoomin exec c id -G") == "0 1234");
  terminal sized({built("zoomin"), "exec", "-t", "c", "stty", "size"}, 33, 111);
  sized.expect("33 111");
  output_of("zoomin rm -f c");
}

TEST_CASE("a shell without a handler is killed after the timeout, not for memory",
          "[final]") {
  import_busybox();
  output_of("zoomin run -d --name c bb sh -c 'while :; do sleep 1; done'");
  CHECK(shell("zoomin kill -s NOSUCH c").status != 0);
  CHECK(output_of("zoomin ps -q | wc -l") == "1");
  const auto seconds = std::stoi(output_of(
      "a=$(date +%s); zoomin stop -t 1 c > /dev/null; echo $(($(date +%s) - a))"));
  CHECK(seconds <= 3);
  const auto state = inspected("c")["State"];
  CHECK(state["ExitCode"] == 137);
  CHECK(state["OOMKilled"] == false);
  output_of("zoomin rm c");
}

TEST_CASE("host access is reported in one line, unless it is read-only", "[final]") {
  import_busybox();
  const std::string state = output_of(
      "dirname $(zoomin inspect -f '{{.LogPath}}' $(zoomin "
      "create --name c bb true)); zoomin rm c > /dev/null");
  for (const auto& [flags, says_what] :
       {std::pair<std::string, std::string>{"-v /:/h:ro", "mounting / gives"},
        {"-v /:/h", "mounting / gives"},
        {"-v " + state.substr(0, state.rfind('/')) + ":/h:ro",
         "secrets and control sockets"},
        {"-v /run:/h -u 1000", "secrets and control sockets"},
        {"-v /tmp:/h", "can write to the host's /tmp"}}) {
    INFO(flags);
    const auto result = shell("zoomin run --rm " + flags + " bb true");
    CHECK(result.status == 0);
    CHECK(lines_without_hints(result.errors) == 1);
    CHECK(contains(result.errors, says_what));
  }
  CHECK(shell("zoomin run --rm -v /tmp:/h:ro bb true").errors.empty());
}

TEST_CASE("a damaged container hides no other", "[final]") {
  import_busybox();
  output_of("zoomin network create n; zoomin create --name damaged --network n bb true");
  output_of("zoomin run -d --name c --network n bb sleep 60");
  output_of(
      "truncate -s 20 $(dirname $(zoomin inspect -f '{{.LogPath}}' damaged))"
      "/container.json");
  CHECK(contains(output_of("zoomin network inspect n"), "\"Name\": \"c\""));
  CHECK(contains(output_of("zoomin system df"), "Containers"));
  CHECK(output_of("zoomin ps -a --format '{{.Names}}'") == "c\ndamaged");
  for (const char* format : {"{{.Names}} {{.Networks}}", "{{json .}}", "json"}) {
    const auto listed = shell(fmt::format("zoomin ps -a --format '{}'", format));
    CHECK(contains(listed.output, "c"));
    CHECK(contains(listed.errors, "container.json"));
  }
  output_of("zoomin rm -f damaged c; zoomin network rm n");
}

TEST_CASE("features that only Docker has are reported as not supported", "[final]") {
  for (const char* words :
       {"compose up", "swarm init", "context ls", "run --domainname x bb",
        "network create --attachable n", "volume create --opt type=nfs v",
        "exec --privileged c true", "run --gpus all bb", "start --checkpoint x c"}) {
    const auto result = shell(fmt::format("zoomin {}", words));
    INFO(words << ": " << result.errors);
    CHECK(result.status == 125);
    CHECK(contains(result.errors, "not supported"));
  }
}

TEST_CASE("a container has its own session keyring", "[final]") {
  import_busybox();
  // A key of the caller is visible only with its keyring, keyctl(2).
  ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
  const auto key =
      ::syscall(SYS_add_key, "user", "zoomin-canary", "x", 1UL, KEY_SPEC_SESSION_KEYRING);
  REQUIRE(key > 0);
  REQUIRE(::syscall(SYS_keyctl, KEYCTL_SETPERM, key, 0x3f000000) == 0);
  REQUIRE(output_of("grep -c zoomin-canary /proc/keys") == "1");
  const std::string unmasked = "--security-opt systempaths=unconfined ";
  shell("zoomin run -d --name c " + unmasked + "bb sleep 60");
  const auto keys = output_of("zoomin exec c cat /proc/keys");
  CHECK_FALSE(contains(keys, "zoomin-canary"));
  CHECK(contains(keys, inspected("c")["Id"].get<std::string>()));
  shell("zoomin rm -f c");
}

TEST_CASE("a program for another architecture is refused", "[final]") {
  import_busybox("bb",
                 "printf '\\177ELF\\2\\1\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\2\\0\\26\\0' "
                 "> bin/other; head -c 4096 /dev/zero >> bin/other; chmod 755 "
                 "bin/other");
  const auto result = shell("zoomin run --rm bb other");
  CHECK(result.status == 126);
  CHECK(contains(result.errors, "Exec format error"));
}
