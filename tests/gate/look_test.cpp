// SPDX-License-Identifier: MIT
// --look: both its columns, held against what other programs say of the same process.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

struct seen {
  std::string host;
  std::string container;
};

std::map<std::string, seen> rows_of(const std::string& errors) {
  std::map<std::string, seen> rows;
  std::istringstream lines(errors);
  for (std::string text; std::getline(lines, text);) {
    const auto line = nlohmann::json::parse(text);
    if (line.contains("fact")) rows[line["fact"]] = {line["host"], line["container"]};
  }
  return rows;
}

// The output of a line of sh, its words separated by single spaces.
std::string says(const std::string& line) {
  std::istringstream words(shell(line).output);
  std::string all;
  for (std::string one; words >> one;) all += (all.empty() ? "" : " ") + one;
  return all;
}

}  // namespace

TEST_CASE("each row of --look is what other programs see, on both sides", "[gate]") {
  running one({built("step5"), "--look", "--explain=json", "--hostname", "den",
               "--memory", "64m", "--cpus", "0.5", "--pids-limit", "32", "--", "sh", "-c",
               "echo ready; read -r end"});
  const std::string pid = fmt::format("{}", one.first_process());
  auto row = rows_of(one.errors());
  const auto inside = [&](const std::string& flags, const std::string& command) {
    return says("nsenter --target " + pid + " " + flags + " " + command);
  };

  CHECK(row["pid"].host == pid);
  CHECK(row["pid"].container == inside("--pid --mount", "cat /proc/1/stat").substr(0, 1));
  for (const char* kind : {"pid", "uts", "net", "mnt", "cgroup"}) {
    INFO(kind);
    const auto& both = row[std::string(kind) + " namespace"];
    const auto its = says(fmt::format("lsns -n -o NS -t {} -p {}", kind, pid));
    const auto ours = says(fmt::format("lsns -n -o NS -t {} -p $$", kind));
    CHECK(both.host == fmt::format("{} (host: {})", its, ours));
    CHECK(both.container == "its own");
    CHECK(its != ours);
  }
  CHECK(row["hostname"].host == says("hostname"));
  CHECK(row["hostname"].container == inside("--uts", "hostname"));
  CHECK(row["hostname"].container == "den");
  CHECK(row["kernel (uname -r)"].host == says("uname -r"));
  CHECK(row["kernel (uname -r)"].container == says("uname -r"));

  const std::string way_out = "ip route show default | cut -d' ' -f2-5";
  const std::string names = "ip -o link | sed 's/^[0-9]*: //; s/[@:].*//'";
  const std::string addresses = "ip -o -4 addr | awk '$2 != \"lo\" {print $2, $4}'";
  CHECK(row["interfaces"].host == says(names));
  CHECK(row["interfaces"].container == inside("--net", names));
  CHECK(row["addresses"].container == inside("--net", addresses));
  for (const char* part : {"zoomin0 10.79.0.1/16", "eth0 192.0.2.2/24"})
    CHECK(row["addresses"].host.find(part) != std::string::npos);
  CHECK(row["default route"].host == says(way_out));
  CHECK(row["default route"].container == inside("--net", way_out));
  CHECK(row["cable"].host == fmt::format("veth{} on zoomin0", pid));

  CHECK(row["mount table"].host == says("grep -c . /proc/self/mountinfo") + " mounts");
  CHECK(row["mount table"].container ==
        says("findmnt --task " + pid + " --list --noheadings | grep -c .") + " mounts");
  CHECK(row["files in /"].container == inside("--mount", "ls /"));
  CHECK(row["/etc/resolv.conf"].container ==
        inside("--mount", "grep ^nameserver /etc/resolv.conf"));

  const auto group = says("grep -m 1 -o '/zoomin/.*' /proc/" + pid + "/cgroup");
  CHECK(row["cgroup"].host == group);
  CHECK(row["cgroup"].container == "/");
  const auto limit =
      says("cat $(find /sys/fs/cgroup -path '*" + group + "/memory.max' -o -path '*" +
           group + "/memory.limit_in_bytes')");
  CHECK(limit == "67108864");
  CHECK(row["memory limit"].host.starts_with("64 MiB"));
  CHECK(row["processors' time"].host == "0.50");
  CHECK(row["processes"].host == "1 of 32");
  CHECK(row["layers"].host == "1 below, 1 writable on top");
  CHECK(row["writable layer"].host == says("find $ZOOMIN_ROOT/scratch -name upper"));
  CHECK(row["overlays mounted"].host == says("findmnt -t overlay --list -n | grep -c ."));
  CHECK(row["overlays mounted"].container ==
        says("findmnt -t overlay --task " + pid + " --list -n | grep -c ."));
  CHECK(one.end() == 1);
}
