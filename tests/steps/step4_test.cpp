// SPDX-License-Identifier: MIT
// Tests of the program step4: limits, with the cgroup version of this machine.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <sstream>
#include <thread>
#include <utility>

#include "04-cgroups/cgroup.hpp"
#include "04-cgroups/coordination/cleanup.hpp"
#include "04-cgroups/coordination/create.hpp"
#include "04-cgroups/group_files.hpp"
#include "04-cgroups/look.hpp"
#include "common/error.hpp"
#include "common/lab/subprocess.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"
#include "steps/step.hpp"
#include "support/catch.hpp"
#include "support/sleeper.hpp"
#include "support/support.hpp"

using namespace zoomin;
using namespace zoomin::test;

namespace {

const std::string step4 = built("step4");
const std::string idle = "echo ready; read -r end";
const std::string eat_128_mib = "head -c 128m /dev/zero | tail > /dev/null";

bool is_version_2() { return cgroup::hierarchies().front().version == 2; }

// Returns all our directories, in all hierarchies.
std::vector<std::string> our_groups(const std::string& below = "") {
  std::vector<std::string> result;
  for (const auto& hierarchy : cgroup::hierarchies())
    if (const auto ours = hierarchy.mount_point + below + "/zoomin"; sys::exists(ours))
      for (const auto& name : sys::list_directory(ours))
        if (sys::exists(ours + "/" + name + "/cgroup.procs"))
          result.push_back(ours + "/" + name);
  return result;
}

bool any_zoomin() {
  for (const auto& hierarchy : cgroup::hierarchies())
    if (sys::exists(hierarchy.mount_point + "/zoomin")) return true;
  return false;
}

// Checks that there is one line, status 125, and nothing left over.
void check_step4_refused(const run_result& result, const std::string& message) {
  INFO(result.errors);
  CHECK(result.status == 125);
  CHECK(contains(result.errors, message));
  CHECK(lines_without_hints(result.errors) == 1);
  CHECK(!any_zoomin());
}

}  // namespace

TEST_CASE("step4: the message about a wrong option comes alone", "[step4]") {
  check_that_errors_come_alone(step4, {{"--memory", "64x"},
                                       {"--memory-swap", "96m"},
                                       {"--cpus", "0"},
                                       {"--cpuset-cpus", "9999"},
                                       {"--pids-limit", "few"},
                                       {"--cgroup-parent", "a/../b"},
                                       {"--cgroup-parent", "no-such-group"},
                                       {"--mount", "type=bind"}});
}

TEST_CASE("the self-check of step4 holds", "[step4]") { check_self_check(step4); }

TEST_CASE("step3 fails exactly the cgroup facts of the self-check", "[step4]") {
  const auto result = run({step4, "--self-check=" + built("step3")}, 200);
  INFO(result.output << result.errors);
  CHECK(result.status == 1);
  CHECK(!contains(result.output, "ok   cgroups"));
  for (const char* earlier : {"FAIL pid", "FAIL net", "FAIL mnt"})
    CHECK(!contains(result.output, earlier));
}

TEST_CASE("the narration shows each file and the value written to it", "[step4]") {
  const auto result =
      run({step4, "--explain=full", "--memory", "64m", "--memory-swap", "96m", "--cpus",
           "0.5", "--cpuset-cpus", "0", "--pids-limit", "32", "--", "true"});
  INFO(result.errors);
  CHECK(result.status == 0);
  const std::vector<std::string> first{"memory.limit_in_bytes, \"67108864\")",
                                       "memory.memsw.limit_in_bytes, \"100663296\")",
                                       "cpu.cfs_quota_us, \"50000\")",
                                       "cpuset.cpus, \"0\")", "pids.max, \"32\")"};
  const std::vector<std::string> other{
      "memory.max, \"67108864\")", "memory.swap.max, \"33554432\")",
      "memory.oom.group, \"1\")",  "cpu.max, \"50000 100000\")",
      "cpuset.cpus, \"0\")",       "pids.max, \"32\")"};
  for (const auto& written : is_version_2() ? other : first)
    CHECK(contains(result.errors, written));
}

TEST_CASE("the usage is printed, and that the cgroup is gone", "[step4]") {
  const auto result = run({step4, "--memory", "64m", "--", "sh", "-c",
                           "head -c 20m /dev/zero | tail > /dev/null"});
  INFO(result.errors);
  CHECK(result.status == 0);
  const auto used = result.errors.find("used: peak memory ");
  REQUIRE(used != std::string::npos);
  const double peak = std::stod(result.errors.substr(used + 18));
  CHECK(peak >= 20);
  CHECK(peak < 64);
  CHECK(contains(result.errors, "CPU time "));
  CHECK(contains(result.errors, "throttled "));
  CHECK(contains(result.errors, "OOM kills 0"));
  CHECK(contains(result.errors, "after the end: process, cgroup, "));
  CHECK(contains(result.errors, " gone\n"));
}

TEST_CASE("throttled time is reported", "[step4]") {
  const auto result = run({step4, "--cpus", "0.05", "--", "sh", "-c",
                           "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"});
  const auto at = result.errors.find("throttled ");
  REQUIRE(at != std::string::npos);
  CHECK(std::stod(result.errors.substr(at + 10)) > 0.1);
}

TEST_CASE("over its limit it is killed with a message, and its sibling isn't",
          "[step4]") {
  subprocess sibling(
      {step4, "-q", "--memory", "64m", "--", "sh", "-c", "echo ready; read x; echo $x"});
  sibling.first_process();
  const auto result =
      run({step4, "-q", "--memory", "64m", "--", "sh", "-c", eat_128_mib});
  CHECK(result.status == 137);
  CHECK(contains(result.errors,
                 "step4: killed by the OOM killer at its limit of 64 MiB\n"));
  sibling.write("unharmed\n");
  CHECK(sibling.line() == "unharmed");
  CHECK(sibling.end() == 0);
}

TEST_CASE("within its limit it isn't killed", "[step4]") {
  const auto result =
      run({step4, "-q", "--memory", "256m", "--", "sh", "-c", eat_128_mib});
  CHECK(result.status == 0);
  CHECK(result.errors.empty());
}

TEST_CASE("children are charged to the same group", "[step4]") {
  const auto result = run(
      {step4, "-q", "--memory", "64m", "--", "sh", "-c",
       "for i in 1 2 3 4; do (head -c 32m /dev/zero | tail > /dev/null) & done; wait; "
       "kill -9 $$; exit 137"});
  CHECK(result.status == 137);
  CHECK(contains(result.errors, "killed by the OOM killer at its limit of 64 MiB"));
}

TEST_CASE("a fork bomb stops at its limit", "[step4]") {
  const auto result =
      run({step4, "--pids-limit", "32", "--", "sh", "-c",
           "(i=0; while [ $i -lt 52 ]; do sleep 3 & i=$((i+1)); done) 2>&1; "
           "ls -d /proc/[0-9]* | wc -l"});
  INFO(result.output << result.errors);
  CHECK(contains(result.errors, "forks refused "));
}

TEST_CASE("the default limit is 512 processes", "[step4]") {
  subprocess program({step4, "-q", "--", "sh", "-c", idle});
  const auto directory = cgroup::directory_of(program.first_process(), "pids");
  CHECK(cgroup::number_in(directory + "/pids.max") == 512);
  program.end();
}

TEST_CASE("the group has the container's name, and is / in the container", "[step4]") {
  subprocess program({step4, "-q", "--hostname", "den", "--", "sh", "-c",
                      "echo ready; cat /proc/self/cgroup; read -r end"});
  const pid_t first = program.first_process();
  CHECK(contains(cgroup::path_of(first, "memory"), "/zoomin/den-"));
  CHECK(program.line().ends_with(":/"));
  const auto groups = our_groups();
  CHECK(!groups.empty());
  program.end();
  CHECK(!any_zoomin());
}

TEST_CASE("the host sees the limit, the container all of the memory", "[step4]") {
  const auto result = run({step4, "--look", "-q", "--memory", "64m", "--", "true"});
  INFO(result.errors);
  CHECK(contains(result.errors, "64 MiB (used: "));
  CHECK(contains(result.errors, "/proc/meminfo: "));
  CHECK(contains(result.errors, "cgroup namespace"));
}

TEST_CASE("option --compare kills C at its limit, and nothing else", "[step4]") {
  const auto result = run({step4, "-q", "--compare"}, 150);
  INFO(result.output << result.errors);
  CHECK(result.status == 0);
  CHECK(contains(result.output, "C  killed by the OOM killer at its limit of 32 MiB"));
  for (const char* line :
       {"of  64 MiB", "of 128 MiB", "of  32 MiB", "of 0.50", "of 1.00", "of 0.25"})
    CHECK(contains(result.output, line));
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80);
  CHECK(!contains(result.output, "A  killed"));
  CHECK(!contains(result.output, "B  killed"));
  CHECK(!any_zoomin());
}

TEST_CASE("option --compare ends with Ctrl-C, and leaves nothing", "[step4]") {
  subprocess program({step4, "-q", "--compare"});
  program.line();
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  program.kill(SIGINT);
  program.end();
  CHECK(!any_zoomin());
}

TEST_CASE("invalid limits are refused in one line", "[step4]") {
  for (const char* memory :
       {"0", "-1", "12x", "1b", "999999t", "nan", "0x10", " 64m", ""})
    check_step4_refused(
        run({step4, "-q", std::string("--memory=") + memory, "--", "true"}),
        "step4: --memory");
  for (const char* cpus : {"0", "-1", "nan", "inf", "1e-9", "100000"})
    check_step4_refused(run({step4, "-q", std::string("--cpus=") + cpus, "--", "true"}),
                        "step4: --cpus");
  check_step4_refused(
      run({step4, "-q", "--memory", "64m", "--memory-swap", "32m", "--", "true"}),
      "--memory-swap \"32m\": less than --memory, which is 64 MiB");
  check_step4_refused(run({step4, "-q", "--memory-swap", "32m", "--", "true"}),
                      "needs --memory");
  check_step4_refused(run({step4, "-q", "--cpuset-cpus", "900", "--", "true"}),
                      "no processor 900");
  check_step4_refused(run({step4, "-q", "--pids-limit", "0", "--", "true"}),
                      "--pids-limit \"0\"");
}

TEST_CASE("the least memory limit is enough for a shell", "[step4]") {
  const auto result =
      run({step4, "-q", "--memory", "6m", "--", "sh", "-c", "ls / | wc -l; exit 3"});
  INFO(result.errors);
  CHECK(result.status == 3);
}

TEST_CASE("option --cgroup-parent sets the parent group", "[step4]") {
  for (const auto& hierarchy : cgroup::hierarchies()) {
    if (is_version_2())
      sys::write_file(sys::quiet, hierarchy.mount_point + "/cgroup.subtree_control",
                      "+cpu +memory +pids");
    sys::make_directory(sys::quiet, hierarchy.mount_point + "/given");
  }
  {
    subprocess program({step4, "-q", "--cgroup-parent", "given", "--memory", "64m", "--",
                        "sh", "-c", idle});
    CHECK(contains(cgroup::path_of(program.first_process(), "memory"),
                   "/given/zoomin/box-"));
    CHECK(our_groups().empty());
    program.end();
    CHECK(our_groups("/given").empty());
  }
  for (const auto& tree : cgroup::hierarchies())
    sys::rmdir(sys::quiet, tree.mount_point + "/given");
}

TEST_CASE("a missing parent, or one outside the tree, is refused", "[step4]") {
  check_step4_refused(run({step4, "-q", "--cgroup-parent", "nowhere", "--", "true"}),
                      "no such cgroup");
  check_step4_refused(run({step4, "-q", "--cgroup-parent", "../..", "--", "true"}),
                      "'..'");
}

TEST_CASE("a missing controller is named if a limit needs it", "[step4]") {
  std::string parent, pids;
  if (is_version_2()) {  // a parent for which no controller can be enabled
    parent = "processes/below";
    sys::mkdir(sys::quiet, "/sys/fs/cgroup/processes/below");
  } else {
    pids = cgroup::directory_of(1, "pids");
    sys::umount(sys::quiet, pids, 0);
  }
  const auto needs =
      run({step4, "-q", "--cgroup-parent", parent, "--pids-limit", "5", "--", "true"});
  INFO(needs.errors);
  CHECK(needs.status == 125);
  CHECK(contains(needs.errors, "--pids-limit needs the cgroup controller pids, which"));
  CHECK(lines_without_hints(needs.errors) == 1);
  CHECK(run({step4, "-q", "--cgroup-parent", parent, "--", "true"}).status == 0);
  if (is_version_2()) {
    sys::rmdir(sys::quiet, "/sys/fs/cgroup/processes/below");
  } else {
    sys::mount(sys::quiet, "cgroup", pids, "cgroup", 0, "pids");
  }
}

TEST_CASE("a version 2 parent with processes can't have limits below it", "[step4]") {
  if (!is_version_2()) skip_loudly("cgroup version 1 allows it");
  sys::write_file(sys::quiet, "/sys/fs/cgroup/cgroup.subtree_control", "+memory +pids");
  const auto result =
      run({step4, "-q", "--cgroup-parent", "processes", "--memory", "64m", "--", "true"});
  INFO(result.errors);
  CHECK(result.status == 125);
  CHECK(contains(result.errors, "it isn't the machine's root cgroup, and has processes"));
  CHECK(run({step4, "-q", "--cgroup-parent", "processes", "--", "true"}).status == 0);
}

TEST_CASE("the next container removes a killed one's group", "[step4]") {
  auto program = std::make_unique<subprocess>(
      std::vector<std::string>{step4, "-q", "--memory", "64m", "--", "sh", "-c", idle});
  program->first_process();
  program->kill(SIGKILL);
  program.reset();
  CHECK(!our_groups().empty());
  CHECK(run({step4, "-q", "--", "true"}).status == 0);
  CHECK(!any_zoomin());
}

TEST_CASE("many containers start and end at the same time", "[step4]") {
  const auto result = shell(
      "p=; for i in $(seq 20); do step4 -q --memory 32m -- sh -c 'exit 7' & p=\"$p $!\"; "
      "done; for j in $p; do wait $j; echo $?; done",
      120);
  INFO(result.errors);
  std::string sevens;
  for (int i = 0; i < 20; ++i) sevens += "7\n";
  CHECK(result.output == sevens);
  CHECK(!any_zoomin());
}

TEST_CASE("an error of the kernel is one line, and nothing is left over", "[step4]") {
  const auto with_refused = [](const std::string& call, const std::string& how) {
    return shell("strace -f -o /dev/null -e trace=" + call + " -e inject=" + call + ":" +
                 how + " step4 -q --memory 64m -- true");
  };
  check_step4_refused(with_refused("mkdir", "error=EROFS:when=1"),
                      "Read-only file system");
  check_step4_refused(with_refused("mkdir", "error=EACCES:when=2"), "Permission denied");
  check_step4_refused(with_refused("unshare", "error=EPERM:when=1"),
                      "unshare(CLONE_NEWCGROUP)");
}

TEST_CASE("a group can be made, read, joined, limited, emptied and removed", "[step4]") {
  auto group = cgroup::create("one", {.memory_bytes = 64 << 20,
                                      .memory_swap_bytes = {},
                                      .cpu_quota_us = 50'000,
                                      .processors = {},
                                      .pids = 10,
                                      .pids_where_possible = false});
  const sleeper process;
  group.add(process.id());
  auto now = group.read();
  CHECK(now.memory_limit_bytes == 64 << 20);
  CHECK(now.cpu_quota_us == 50'000);
  CHECK(now.pids_limit == 10);
  CHECK(now.pids == 1);
  CHECK(group.read_events().oom_kills == 0);

  cgroup::limits other;
  other.memory_bytes = 128 << 20;
  other.memory_swap_bytes = 256 << 20;
  other.pids = cgroup::unlimited;
  group.limit(other);
  now = group.read();
  CHECK(now.memory_limit_bytes == 128 << 20);
  CHECK(now.cpu_quota_us == 50'000);  // other limits don't change
  CHECK(now.pids_limit == cgroup::unlimited);
  other.memory_bytes = 32 << 20;
  other.memory_swap_bytes.reset();
  group.limit(other);
  CHECK(group.read().memory_limit_bytes == 32 << 20);

  CHECK_THROWS_AS(cgroup::create("one", {}), usage_error);
  CHECK(process.alive());
  for (const auto& directory : group.directories())
    sys::mkdir(sys::quiet, directory + "/below");
  group.kill();
  CHECK(!process.alive());
  group.remove();
  CHECK(!any_zoomin());
}

TEST_CASE("a group is removed with its owner object", "[step4]") {
  {
    const auto group = cgroup::create("two", {});
    CHECK(!our_groups().empty());
  }
  CHECK(!any_zoomin());
}

TEST_CASE("a self-check doesn't change the root's controllers", "[step4][v2]") {
  if (!is_version_2()) skip_loudly("version 1 has no cgroup.subtree_control");
  const std::string file =
      cgroup::hierarchies().front().mount_point + "/cgroup.subtree_control";
  const auto before = sys::read_file(file);
  CHECK(run({built("step1"), "--self-check"}, 120).status == 0);
  CHECK(sys::read_file(file) == before);
}
