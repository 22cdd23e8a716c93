// SPDX-License-Identifier: MIT
// logs: prints all that a container has written, in order, each line once.
#include <fmt/format.h>
#include <poll.h>

#include "engine.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

std::string numbers(int first, int last) {
  std::string result;
  for (int number = first; number <= last; ++number)
    result += fmt::format("line {}\n", number);
  return result;
}

constexpr const char* count_to_60 =
    "sh -c 'for i in $(seq 60); do echo line $i; sleep 0.03; done'";

}  // namespace

TEST_CASE("logs separates stdout and stderr, and prints the last lines", "[logs]") {
  import_busybox();
  shell(
      "zoomin run --name den bb sh -c 'for i in 1 2 3; do echo out $i; echo err $i >&2; "
      "done; sleep 0.1; printf end'");
  const auto result = shell("zoomin logs den");
  CHECK(result.output == "out 1\nout 2\nout 3\nend");
  CHECK(result.errors == "err 1\nerr 2\nerr 3\n");
  CHECK(output_of("zoomin logs -n 1 den 2>&1") == "end");
  CHECK(output_of("zoomin logs --tail 0 den 2>&1") == "");
  CHECK(output_of("zoomin logs --tail all den") == "out 1\nout 2\nout 3\nend");
  CHECK(output_of("zoomin logs -f den") == "out 1\nout 2\nout 3\nend");
  CHECK(shell("zoomin logs --tail x den").status != 0);
  CHECK(shell("zoomin logs nosuch").status == 1);
  CHECK(shell("zoomin logs --nosuch den").status == 125);
  shell("zoomin rm den");
}

TEST_CASE("a long line stays one line with one time", "[logs]") {
  import_busybox();
  shell(
      "zoomin run --name den bb sh -c 'head -c 50000 /dev/zero | tr \"\\0\" x; echo; "
      "echo end' > /dev/null");
  CHECK(output_of("zoomin logs --tail 2 den | wc -c") == "50005");
  CHECK(output_of("zoomin logs --tail 1 den") == "end");
  CHECK(output_of("zoomin logs -t den | wc -l") == "2");
  CHECK(output_of("zoomin logs -t den | grep -c '^20[0-9-]*T[0-9:]*[.][0-9]*Z [xe]'") ==
        "2");
  CHECK(output_of("zoomin logs -t den | wc -c") == fmt::format("{}", 50005 + 2 * 31));
  shell("zoomin rm den");
}

TEST_CASE("a line that is written in parts isn't mixed with the other stream", "[logs]") {
  import_busybox();
  shell(
      "zoomin run --name den bb sh -c 'printf one; sleep 0.1; echo other >&2; "
      "sleep 0.1; echo -end' 2>/dev/null");
  CHECK(output_of("zoomin logs den 2>&1") == "other\none-end");
  shell("zoomin rm den");
}

TEST_CASE("a followed log that is rotated shows each line once", "[logs]") {
  import_busybox();
  for (const char* files : {"1", "3"}) {
    INFO(files);
    shell(
        fmt::format("zoomin run -d --name den --log-opt max-size=1k --log-opt "
                    "max-file={} bb {}",
                    files, count_to_60));
    const auto followed = shell("timeout 20 zoomin logs -f den");
    CHECK(followed.status == 0);
    CHECK(followed.output == numbers(1, 60));
    CHECK(shell("timeout 20 zoomin logs -f den").status == 0);
    shell("zoomin rm -f den");
  }
}

TEST_CASE("a follower of a container with --rm gets all lines, and ends", "[logs]") {
  import_busybox();
  shell(fmt::format("zoomin run -d --rm --name den bb {}", count_to_60));
  const auto followed = shell("timeout 20 zoomin logs -f --tail 100 den");
  CHECK(followed.status == 0);
  CHECK(followed.output == numbers(1, 60));
}

TEST_CASE("a follower shows incomplete lines, and ends with its reader", "[logs]") {
  import_busybox();
  shell("zoomin run -d --name den bb sh -c 'printf name?; sleep 60'");
  CHECK(output_of("timeout 20 zoomin logs -f den | head -c 5") == "name?");
  shell("zoomin rm -f den");
}

TEST_CASE("run --log-opt limits the number and the size of log files", "[logs]") {
  import_busybox();
  shell(
      "zoomin run --name den --log-opt max-size=1k --log-opt max-file=3 bb "
      "sh -c 'for i in $(seq 200); do echo line $i; done' > /dev/null");
  CHECK(output_of("ls $ZOOMIN_ROOT/containers/*/log* | wc -l") == "3");
  CHECK(output_of("zoomin logs den | tail -n 1") == "line 200");
  CHECK(output_of("zoomin logs --tail 30 den") + "\n" == numbers(171, 200));
  CHECK(output_of("zoomin inspect den | grep -A 5 LogConfig | grep -c -e local -e 1k") ==
        "2");
  shell("zoomin rm den");
  for (const char* flag :
       {"--log-driver syslog", "--log-opt max-size=x", "--log-opt max-size=0",
        "--log-opt max-file=0", "--log-opt max-file=-1", "--log-opt compress=true",
        "--log-opt max-size", "--log-driver none --log-opt max-size=1k"}) {
    INFO(flag);
    CHECK(shell(fmt::format("zoomin create {} bb true", flag)).status == 125);
  }
  CHECK(output_of("zoomin ps -aq") == "");
}

TEST_CASE("logs fails without a log", "[logs]") {
  import_busybox();
  CHECK(output_of("zoomin run --name den --log-driver none bb echo hello") == "hello");
  CHECK(output_of("ls $ZOOMIN_ROOT/containers/*/log*") == "");
  const auto refused = shell("zoomin logs den");
  CHECK(refused.status == 1);
  CHECK(lines_without_hints(refused.errors) == 1);
  shell("zoomin rm den");
}

TEST_CASE("logs --since and --until select lines by time", "[logs]") {
  import_busybox();
  shell("zoomin run --name den bb sh -c 'echo one; sleep 1; echo two' > /dev/null");
  const auto second = output_of("zoomin logs -t den | tail -n 1 | cut -d ' ' -f 1");
  CHECK(output_of("zoomin logs --since " + second + " den") == "two");
  CHECK(output_of("zoomin logs --until " + second + " den") == "one\ntwo");
  CHECK(output_of("zoomin logs --since 1h den") == "one\ntwo");
  CHECK(output_of("zoomin logs --until 1h den") == "");
  CHECK(shell("zoomin logs --since yesterday den").status == 1);
  CHECK(output_of("zoomin start -a den") == "one\ntwo");
  CHECK(output_of("zoomin logs den") == "one\ntwo\none\ntwo");
  shell("zoomin rm den");
}

TEST_CASE("a log can be polled until its container has ended", "[final]") {
  import_busybox();
  const auto id =
      output_of("zoomin run -di --name c bb sh -c 'read a; echo $a; sleep 1000'");
  zoomin::engine engine({zoomin::root_directory(), zoomin::run_directory()});
  using enum zoomin::log_stream::progress;
  auto log = engine.logs(id, {}, true);
  pollfd ready{log.fd(), POLLIN, 0};
  std::string seen;
  const auto take = [&](const zoomin::container::record& record) {
    seen += record.text;
    return true;
  };
  // The monitor may still write to the container's directory, but not for long.
  const auto falls_silent = [&] {
    for (int tries = 0; tries < 20; ++tries) {
      CHECK(log.next(take) == caught_up);
      if (::poll(&ready, 1, 100) == 0) return true;
    }
    return false;
  };
  CHECK(falls_silent());
  CHECK(seen.empty());
  output_of(
      "(echo word; sleep 0.5) | timeout 1 zoomin attach --sig-proxy=false c || true");
  CHECK(::poll(&ready, 1, 10'000) == 1);
  CHECK(falls_silent());
  CHECK(seen == "word\n");
  output_of("zoomin stop -t 0 c");
  while (::poll(&ready, 1, 10'000) == 1 && log.next(take) == caught_up) continue;
  CHECK(ready.revents != 0);
  CHECK(seen == "word\n");
  CHECK(output_of("zoomin inspect -f '{{.State.Status}}' c") == "exited");
  auto whole = engine.logs(id, {}, false);
  CHECK(whole.fd() == -1);
  CHECK(whole.next(take) == ended);
  CHECK(seen == "word\nword\n");
  output_of("zoomin rm c");
}

TEST_CASE("a client takes as much of a log as it has room for", "[final]") {
  import_busybox();
  output_of("zoomin run --name c bb seq 1000");
  zoomin::engine engine({zoomin::root_directory(), zoomin::run_directory()});
  using enum zoomin::log_stream::progress;
  for (const bool follows : {false, true}) {
    auto log = engine.logs("c", {}, follows);
    std::string seen;
    int records = 0, calls = 1;
    const auto take = [&](const zoomin::container::record& record) {
      seen += record.text;
      return ++records % 300 != 0;
    };
    auto reached = log.next(take);
    for (; reached == paused; reached = log.next(take)) ++calls;
    CHECK(reached == ended);
    CHECK(calls == 4);
    CHECK(seen == output_of("seq 1000") + "\n");
  }
  output_of("zoomin rm c");
}
