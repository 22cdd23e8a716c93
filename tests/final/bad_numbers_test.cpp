// SPDX-License-Identifier: MIT
// Malformed numbers for each flag that takes a number.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/sys.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

const std::vector<std::string> malformed{"0",
                                         "-1",
                                         "12x",
                                         "1b",
                                         "999999t",
                                         "nan",
                                         "0x10",
                                         " 5",
                                         "",
                                         "1e3",
                                         "99999999999999999999999"};

// A flag up to its number, and the malformed numbers that the flag does accept.
struct numeric_flag {
  std::string flag;
  std::vector<std::string> accepted{};
};

const std::vector<numeric_flag> flags{
    {"--memory="},
    {"--memory-swap=", {"-1"}},
    {"--memory-reservation="},
    {"--cpus="},
    {"--cpu-shares=", {"0"}},
    {"--cpu-quota=", {"0", "-1"}},
    {"--cpu-period=", {"0"}},
    {"--cpuset-cpus=", {"0", ""}},
    {"--cpuset-mems=", {"0", ""}},
    {"--pids-limit=", {"-1", "0"}},
    {"--oom-score-adj=", {"0", "-1"}},
    {"--blkio-weight=", {"0"}},
    {"--device-read-bps=/dev/null:", {"1b"}},
    {"--device-write-iops=/dev/null:"},
    {"--shm-size="},
    {"--tmpfs=/t:size="},
    {"--tmpfs=/t:mode=", {"0"}},
    {"--tmpfs=/t:nr_inodes=", {"0"}},
    {"--mount=type=tmpfs,target=/t,tmpfs-size="},
    {"--mount=type=tmpfs,target=/t,tmpfs-mode=", {"0"}},
    {"--stop-timeout=", {"0"}},
    {"--stop-signal=", {""}},
    {"--restart=on-failure:", {"0", ""}},
    {"--ulimit=nofile=", {"0", "-1"}},
    {"--ulimit=nofile=10:", {"-1"}},
    {"--health-cmd=true --health-interval="},
    {"--health-cmd=true --health-timeout="},
    {"--health-cmd=true --health-retries=", {"0"}},
    {"--health-cmd=true --health-start-period="},
    {"--log-opt=max-size=", {"-1", "1b"}},
    {"--log-opt=max-file="},
    {"--publish=80:"},
    {"--publish=127.0.0.1:80:"},
    {"--expose="},
    {"--user=", {"0", "nan", ""}},
    {"--user=0:", {"0", "nan"}},
    {"--ip=", {""}},
};

}  // namespace

TEST_CASE("a malformed number is refused in one line", "[final]") {
  import_busybox();
  for (const auto& [flag, accepted] : flags)
    for (const auto& text : malformed) {
      if (std::ranges::find(accepted, text) != accepted.end()) continue;
      const auto last = flag.rfind("--");
      const auto result =
          shell(fmt::format("zoomin create {}'{}{}' bb true", flag.substr(0, last),
                            flag.substr(last), text));
      INFO(flag << "'" << text << "': " << result.output << result.errors);
      CHECK(result.status == 125);
      CHECK(lines_without_hints(result.errors) == 1);
      CHECK(result.output.empty());
    }
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("create refuses the flags that only run has", "[final]") {
  import_busybox();
  for (const char* flag : {"--detach", "-d", "--attach=stdout", "-a stdout",
                           "--detach-keys=ctrl-x", "--sig-proxy", "--explain"}) {
    const auto refused = shell(fmt::format("zoomin create {} bb true", flag));
    INFO(flag << refused.errors);
    CHECK(refused.status == 125);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("a container whose parent cgroup is missing can be removed", "[final]") {
  import_busybox();
  output_of("zoomin create --name c --cgroup-parent /no/such bb true");
  const auto refused = shell("zoomin start c");
  CHECK(refused.status != 0);
  CHECK(contains(refused.errors, "\"/no/such\": no such cgroup"));
  CHECK(shell("zoomin rm c").status == 0);
  CHECK(output_of("zoomin ps -aq").empty());
}
