// SPDX-License-Identifier: MIT
// Tests of --look: both columns are compared with the output of other programs.
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

// Returns the output of a shell command, with its words separated by single spaces.
std::string output_of(const std::string& line) {
  std::istringstream words(shell(line).output);
  std::string result;
  for (std::string item; words >> item;) result += (result.empty() ? "" : " ") + item;
  return result;
}

// Holds the rows of --look for a container. Runs other programs in the container.
struct look_result {
  std::string pid;
  std::map<std::string, seen> row;

  std::string inside(const std::string& flags, const std::string& command) const {
    return output_of("nsenter --target " + pid + " " + flags + " " + command);
  }
};

void check_identity(const look_result& look) {
  const auto& row = look.row;
  CHECK(row.at("pid").host == look.pid);
  CHECK(row.at("pid").container ==
        look.inside("--pid --mount", "cat /proc/1/stat").substr(0, 1));
  for (const char* kind : {"pid", "uts", "net", "mnt", "cgroup"}) {
    INFO(kind);
    const auto& both = row.at(std::string(kind) + " namespace");
    const auto its = output_of(fmt::format("lsns -n -o NS -t {} -p {}", kind, look.pid));
    const auto ours = output_of(fmt::format("lsns -n -o NS -t {} -p $$", kind));
    CHECK(both.host == fmt::format("{} (host: {})", its, ours));
    CHECK(both.container == "its own");
    CHECK(its != ours);
  }
  CHECK(row.at("hostname").host == output_of("hostname"));
  CHECK(row.at("hostname").container == look.inside("--uts", "hostname"));
  CHECK(row.at("hostname").container == "den");
  CHECK(row.at("kernel (uname -r)").host == output_of("uname -r"));
  CHECK(row.at("kernel (uname -r)").container == output_of("uname -r"));
}

void check_network(const look_result& look) {
  const auto& row = look.row;
  const std::string way_out = "ip route show default | cut -d' ' -f2-5";
  const std::string names = "ip -o link | sed 's/^[0-9]*: //; s/[@:].*//'";
  const std::string addresses = "ip -o -4 addr | awk '$2 != \"lo\" {print $2, $4}'";
  CHECK(row.at("interfaces").host == output_of(names));
  CHECK(row.at("interfaces").container == look.inside("--net", names));
  CHECK(row.at("addresses").container == look.inside("--net", addresses));
  for (const char* part : {"zoomin0 10.79.0.1/16", "eth0 192.0.2.2/24"})
    CHECK(row.at("addresses").host.find(part) != std::string::npos);
  CHECK(row.at("default route").host == output_of(way_out));
  CHECK(row.at("default route").container == look.inside("--net", way_out));
  CHECK(row.at("cable").host == fmt::format("veth{} on zoomin0", look.pid));
}

void check_mounts(const look_result& look) {
  const auto& row = look.row;
  CHECK(row.at("mount table").host ==
        output_of("grep -c . /proc/self/mountinfo") + " mounts");
  CHECK(row.at("mount table").container ==
        output_of("findmnt --task " + look.pid + " --list --noheadings | grep -c .") +
            " mounts");
  CHECK(row.at("files in /").container == look.inside("--mount", "ls /"));
  CHECK(row.at("/etc/resolv.conf").container ==
        look.inside("--mount", "grep ^nameserver /etc/resolv.conf"));
}

void check_cgroup(const look_result& look) {
  const auto& row = look.row;
  const auto group = output_of("grep -m 1 -o '/zoomin/.*' /proc/" + look.pid + "/cgroup");
  CHECK(row.at("cgroup").host == group);
  CHECK(row.at("cgroup").container == "/");
  const auto limit =
      output_of("cat $(find /sys/fs/cgroup -path '*" + group +
                "/memory.max' -o -path '*" + group + "/memory.limit_in_bytes')");
  CHECK(limit == "67108864");
  CHECK(row.at("memory limit").host.starts_with("64 MiB"));
  CHECK(row.at("CPUs").host == "0.50");
  CHECK(row.at("processes").host == "1 of 32");
}

void check_layers(const look_result& look) {
  const auto& row = look.row;
  CHECK(row.at("layers").host == "1 below, 1 writable on top");
  CHECK(row.at("writable layer").host ==
        output_of("find $ZOOMIN_ROOT/scratch -name upper"));
  CHECK(row.at("overlays mounted").host ==
        output_of("findmnt -t overlay --list -n | grep -c ."));
  CHECK(row.at("overlays mounted").container ==
        output_of("findmnt -t overlay --task " + look.pid + " --list -n | grep -c ."));
}

}  // namespace

TEST_CASE("each row of --look agrees with other programs, on both sides", "[gate]") {
  subprocess program({built("step5"), "--look", "--explain=json", "--hostname", "den",
                      "--memory", "64m", "--cpus", "0.5", "--pids-limit", "32", "--",
                      "sh", "-c", "echo ready; read -r end"});
  const look_result look{fmt::format("{}", program.first_process()),
                         rows_of(program.errors())};
  check_identity(look);
  check_network(look);
  check_mounts(look);
  check_cgroup(look);
  check_layers(look);
  CHECK(look.row.at("processes in /proc").container == "1");
  CHECK(program.end() == 1);
}

TEST_CASE("option --look counts none of its own helpers", "[gate]") {
  const auto rows =
      rows_of(run({built("step1"), "--look", "--explain=json", "--", "true"})
                  .errors);  // its /proc is still the host's
  CHECK(rows.at("processes in /proc").host == rows.at("processes in /proc").container);
}

TEST_CASE("option --pid-file writes the PID that the host sees", "[gate]") {
  const scratch files;
  subprocess program({built("step1"), "-q", "--pid-file", files / "box", "--", "sh", "-c",
                      "echo ready; read -r end"});
  const auto pid = program.first_process();
  CHECK(output_of("cat " + files / "box") == fmt::format("{}", pid));
  program.end();
}
