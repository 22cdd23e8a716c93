// SPDX-License-Identifier: MIT
// Commands on several containers at once, and the state when a command returns.
#include <fmt/format.h>

#include <chrono>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Runs four containers that ignore TERM: "a", "b", "c" and "d".
void run_four_containers() {
  for (const char* name : {"a", "b", "c", "d"})
    output_of(
        fmt::format("zoomin run -d --name {} bb sh -c 'trap \"\" TERM; while :; do "
                    "sleep 1; done'",
                    name));
}

double seconds_of_success(const std::string& line) {
  const auto began = std::chrono::steady_clock::now();
  CHECK(shell(line, 60).status == 0);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace

TEST_CASE("a killed container can be removed as soon as kill returns", "[final]") {
  import_busybox();
  for (int i = 0; i < 10; ++i) {
    const auto result =
        shell("zoomin run -d --name c bb sleep 60; zoomin kill c && zoomin rm c");
    CHECK(result.status == 0);
    CHECK(result.errors.empty());
  }
  // A container with --rm is gone once `kill` returns.
  output_of("zoomin run -d --rm --name c bb sleep 60");
  CHECK(shell("zoomin kill c; zoomin run --rm --name c bb true").status == 0);
  // A signal that doesn't end the container is answered at once.
  output_of("zoomin run -d --name c bb sh -c 'trap \"\" USR1; sleep 60'");
  CHECK(output_of("zoomin kill -s USR1 c") == "c");
  CHECK(output_of("zoomin inspect -f '{{.State.Running}}' c") == "true");
  output_of("zoomin rm -f c");
}

TEST_CASE("stop ends containers concurrently and prints them in order", "[final]") {
  import_busybox();
  run_four_containers();
  CHECK(seconds_of_success(
            "test \"$(zoomin stop -t 2 d nosuch a b c 2>/dev/null | xargs)\" = "
            "'d a b c'") < 6);
  for (const char* name : {"a", "b", "c", "d"})
    CHECK(output_of(fmt::format("zoomin inspect -f '{{{{.State.ExitCode}}}}' {}",
                                name)) == "137");
  output_of("zoomin start a b c d");
  CHECK(seconds_of_success("zoomin restart -t 2 a b c d") < 7);
  CHECK(output_of("zoomin ps -q | wc -l") == "4");
  CHECK(output_of("zoomin pause a b; zoomin unpause b a | xargs") == "a\nb\nb a");
  CHECK(output_of(
            "zoomin kill a b | xargs; zoomin wait c b a | xargs & sleep 0.5; zoomin kill "
            "c > /dev/null; wait") == "a b\n137 137 137");
  const auto several = shell("zoomin rm -f d nosuch a b c");
  CHECK(several.status == 0);
  CHECK(several.output == "d\na\nb\nc\n");
}

TEST_CASE("two commands that remove the same container both succeed", "[final]") {
  import_busybox();
  for (int i = 0; i < 10; ++i) {
    output_of("zoomin run -d --name c bb sleep 60");
    CHECK(output_of(
              "zoomin rm -f c > /dev/null 2>&1 & one=$!; zoomin rm -f c > /dev/null 2>&1;"
              " echo $?; wait $one; echo $?") == "0\n0");
    CHECK(output_of("zoomin ps -aq").empty());
  }
}

TEST_CASE("a container with --rm can be restarted", "[final]") {
  import_busybox();
  const auto id = output_of("zoomin run -d --rm --name c bb sleep 60");
  CHECK(output_of("zoomin restart -t 0 c") == "c");
  CHECK(output_of("zoomin ps -q --no-trunc") == id);
  output_of("zoomin stop -t 0 c");
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("a file over ulimit -f is an error, not a signal", "[final]") {
  import_busybox();
  const auto refused = shell("sh -c 'ulimit -f 0; exec zoomin create --name c bb true'");
  CHECK(refused.status == 125);
  CHECK(contains(refused.errors, "File too large"));
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("top runs the host's ps, however long it takes", "[final]") {
  import_busybox();
  output_of("zoomin run -d --name c bb sleep 4242");
  CHECK(contains(output_of("zoomin top c"), "sleep 4242"));
  CHECK(contains(output_of("zoomin top c -o pid,args"), "sleep 4242"));
  const auto refused = shell("zoomin top c --nosuchoption");
  CHECK(refused.status == 1);
  CHECK(contains(refused.errors, "top: ps failed:"));
  const auto missing = shell("z=$(command -v zoomin); PATH=/nosuch $z top c");
  CHECK(missing.status != 0);
  CHECK(contains(missing.errors, "ps"));
  output_of("zoomin rm -f c");
}

TEST_CASE("a mistyped flag gets the nearest one as a suggestion", "[final]") {
  const auto typo = shell("zoomin run --memroy 5m bb true");
  CHECK(typo.status == 125);
  CHECK(contains(typo.errors, "unknown flag: --memroy"));
  CHECK(contains(typo.errors, "did you mean --memory?"));
  CHECK(contains(shell("zoomin ps --privileged").errors, "unknown flag"));
  CHECK(contains(shell("zoomin run --domainname x bb").errors, "not supported"));
  CHECK(contains(shell("zoomin ps -Z").errors, "unknown shorthand flag"));
}
