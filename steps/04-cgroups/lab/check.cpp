// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "04-cgroups/group_files.hpp"
#include "04-cgroups/lab/check.hpp"
#include "04-cgroups/look.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

namespace {

using check::expect;
using check::failed;
using check::subject;

const std::vector<std::string> idle{"sh", "-c", "echo ready; read -r end"};

// Each load limits itself, so that it does no harm if a limit is missing.
const std::vector<std::string> eats_128_mib{"sh", "-c",
                                            "head -c 128m /dev/zero | tail > /dev/null"};
const std::vector<std::string> busy{
    "sh", "-c", "(sleep 20; kill -9 $$) & echo ready; while :; do :; done"};
const std::vector<std::string> forks_53{
    "sh", "-c",
    "echo ready; (i=0; while [ $i -lt 53 ]; do sleep 5 & i=$((i+1)); done; wait) 2>&1; "
    "read -r end"};
constexpr std::uint64_t fork_limit = 33;

bool is_v2() { return hierarchies().front().version == 2; }

// Returns false if there are no hierarchies: the list of facts must not throw.
bool may_be_v2() {
  try {
    return is_v2();
  } catch (const std::exception&) {
    return false;
  }
}

// Reads a file of the container's group, by its name in version 1 or 2, without the
// newline.
std::string file_of(pid_t pid, const std::string& controller, const std::string& first,
                    const std::string& second) {
  const std::string path =
      directory_of(pid, controller) + "/" + (is_v2() ? second : first);
  if (!sys::exists(path)) return fmt::format("({} doesn't exist)", path);
  const std::string text = sys::read_file(path);
  return text.substr(0, text.find('\n'));
}

void limit_is(const std::vector<std::string>& options, const char* controller,
              const std::pair<std::string, std::string>& first,
              const std::pair<std::string, std::string>& second) {
  subject container(options, idle);
  const std::string held =
      file_of(container.first_process(), controller, first.first, second.first);
  const auto& [name, requested] = is_v2() ? second : first;
  expect(held == requested, fmt::format("{} is {}, not {}", name, held, requested));
}

void own_group() {
  subject container({}, idle);
  const pid_t first = container.first_process();
  for (const char* controller : {"memory", "cpu", "cpuacct", "pids"}) {
    const std::string path = path_of(first, controller);
    expect(path.find("/zoomin/") != std::string::npos,
           fmt::format("its {} cgroup is {}", controller, path));
  }
}

void own_root() {
  subject container({}, idle);
  const pid_t first = container.first_process();
  expect(look::namespace_number(first, "cgroup") !=
             look::namespace_number(::getpid(), "cgroup"),
         "its cgroup namespace is the host's");
  // Waits for a program that joins too late: its cgroup is then below that /.
  for (int i = 0; i < 100 && path_of(first, "memory") == "/"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const std::string path =
      look::from_inside(first, CLONE_NEWCGROUP, [&] { return path_of(first, "memory"); });
  expect(path == "/", fmt::format("it sees {} as its cgroup", path));
}

// The command must not run before it is in the group: what it uses wouldn't be counted.
void starts_in_it() {
  own_group();
  const auto result = check::run({}, {"cat", "/proc/self/cgroup"});
  const std::string line = is_v2() ? "0::/\n" : ":memory:/\n";
  expect(result.output.find(line) != std::string::npos,
         fmt::format("its first program reads in /proc/self/cgroup: {}", result.output));
}

bool counts_swap(pid_t pid) {
  return sys::exists(directory_of(pid, "memory") +
                     (is_v2() ? "/memory.swap.max" : "/memory.memsw.limit_in_bytes"));
}

// A machine without accounting of swap has no such file.
void no_swap_beyond() {
  subject container({"--memory", "64m"}, idle);
  const pid_t first = container.first_process();
  if (!counts_swap(first)) return;
  const std::string held =
      file_of(first, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max");
  const std::string none = is_v2() ? "0" : "67108864";
  expect(held == none,
         fmt::format("with --memory 64m alone, the limit of {} is {}, not {}",
                     is_v2() ? "swap" : "memory and swap together", held, none));
}

// Returns the number in a file of the group, called `first` in version 1, `second` in 2.
std::uint64_t counted(pid_t pid, const char* controller, const char* first,
                      const char* second) {
  return number_in(directory_of(pid, controller) + "/" + (is_v2() ? second : first))
      .value_or(0);
}

// Reads the usage as the program does, and each file by itself.
void usage_is_read() {
  subject container({"--memory", "64m", "--cpus", "0.5", "--pids-limit", "33"}, busy);
  const pid_t first = container.first_process();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const auto memory = [&] {
    return counted(first, "memory", "memory.usage_in_bytes", "memory.current");
  };
  const std::string stat = directory_of(first, "cpu") + "/cpu.stat";
  const auto cpu_time = [&] {
    return is_v2() ? number_in(stat, "usage_usec")
                   : counted(first, "cpuacct", "cpuacct.usage", "") / 1000;
  };
  const auto throttled = [&] {
    return is_v2() ? number_in(stat, "throttled_usec")
                   : number_in(stat, "throttled_time") / 1000;
  };
  const auto memory_before = memory();
  const auto time_before = cpu_time(), periods_before = number_in(stat, "nr_periods"),
             throttled_before = throttled();
  const auto now = read_usage(dirs_of(first));
  const auto is = [](const char* name, std::uint64_t got, std::uint64_t expected) {
    expect(got == expected,
           fmt::format("its {} is read as {}, not {}", name, got, expected));
  };
  is("memory limit", now.memory_limit_bytes, 64U << 20U);
  is("CPU quota", now.cpu_quota_us.value_or(0), cpu_period_us / 2);
  is("limit of processes", now.pids_limit, 33);
  is("number of processes", now.pids,
     counted(first, "pids", "pids.current", "pids.current"));
  const auto is_about = [](const char* name, std::uint64_t got, std::uint64_t later) {
    expect(
        got <= later && got >= later / 2,
        fmt::format("its {} is read as {}; a moment later it is {}", name, got, later));
  };
  // The kernel may take back what it has charged in advance for a processor.
  is_about("memory", now.memory_bytes, std::max(memory(), memory_before));
  const auto is_between = [](const char* name, std::uint64_t before, std::uint64_t got,
                             std::uint64_t later) {
    expect(before <= got && got <= later,
           fmt::format("its {} is read as {}, not {} to {}", name, got, before, later));
  };
  is_between("CPU time", time_before, now.cpu_time_us, cpu_time());
  is_between("number of periods", periods_before, now.cpu_periods,
             number_in(stat, "nr_periods"));
  is_between("throttled time", throttled_before, now.throttled_us, throttled());
  if (now.memory_peak_bytes)
    is_about("peak memory", *now.memory_peak_bytes,
             counted(first, "memory", "memory.max_usage_in_bytes", "memory.peak"));
}

void ended_over_the_limit() {
  subject sibling({"--memory", "64m"}, idle);
  const pid_t beside = sibling.first_process();
  const auto result = check::run({"--memory", "64m"}, eats_128_mib);
  expect(result.status == 137,
         fmt::format("128 MiB at a limit of 64 MiB: the exit status is {}: {}",
                     result.status, result.errors.substr(0, result.errors.find('\n'))));
  const std::string text = "killed by the OOM killer at its limit of 64 MiB";
  expect(result.errors.find(text) != std::string::npos,
         "it doesn't report the OOM killer");
  expect(::kill(beside, 0) == 0 && status_field(beside, "State").at(0) != 'Z',
         "its sibling died too");
}

// Counts the kernel's periods, so that a slow machine gives the same result. If other
// processes use the processors too, the container gets less time, but then it isn't
// throttled in nearly every period.
void half_a_processor() {
  subject container({"--cpus", "0.5"}, busy);
  const pid_t first = container.first_process();
  const std::string stat = directory_of(first, "cpu") + "/cpu.stat";
  const auto time_us = [&] {
    return is_v2() ? number_in(stat, "usage_usec")
                   : number_in(directory_of(first, "cpuacct") + "/cpuacct.usage")
                             .value_or(0) /
                         1000;
  };
  const auto periods_before = number_in(stat, "nr_periods"), time_before = time_us();
  const auto stopped_before = number_in(stat, "nr_throttled");
  std::uint64_t periods = 0;
  for (int waits = 0; periods < 25 && waits < 120; ++waits) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    periods = number_in(stat, "nr_periods") - periods_before;
  }
  expect(periods >= 25, fmt::format("the kernel counted {} periods in 12 s", periods));
  const double share = static_cast<double>(time_us() - time_before) /
                       static_cast<double>(periods * cpu_period_us);
  const auto stopped = number_in(stat, "nr_throttled") - stopped_before;
  expect(share < 0.55 && (share > 0.45 || stopped < periods * 9 / 10),
         fmt::format("it used {:.2f} CPUs, and was throttled in {} of {} periods", share,
                     stopped, periods));
}

void on_its_processor() {
  subject container({"--cpuset-cpus", "0"}, idle);
  const pid_t first = container.first_process();
  const std::string allowed = status_field(first, "Cpus_allowed_list");
  expect(allowed == "0", fmt::format("it may run on processors {}", allowed));
  const std::string held = file_of(first, "cpuset", "cpuset.cpus", "cpuset.cpus");
  expect(held == "0", fmt::format("cpuset.cpus is {}", held));
}

// Counts the processes themselves: pids.current includes each fork that the kernel is
// about to refuse.
void fork_bomb_stops() {
  subject container({"--pids-limit", fmt::format("{}", fork_limit)}, forks_53);
  const std::string directory = directory_of(container.first_process(), "pids");
  std::size_t most = 0;
  for (int i = 0; i < 100 && number_in(directory + "/pids.events", "max") == 0; ++i) {
    most = std::max(most, processes_in(directory).size());
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    if (most > fork_limit) break;
  }
  most = std::max(most, processes_in(directory).size());
  expect(most <= fork_limit, fmt::format("it has {} processes", most));
  expect(number_in(directory + "/pids.events", "max") > 0, "no fork was refused");
}

// Returns the directories of all our groups, in each hierarchy, and "…/zoomin" itself.
std::vector<std::string> our_groups() {
  std::vector<std::string> result;
  for (const auto& hierarchy : hierarchies()) {
    const std::string ours = hierarchy.mount_point + "/zoomin";
    if (!sys::exists(ours)) continue;
    result.push_back(ours);
    for (const auto& name : sys::list_directory(ours))
      if (sys::exists(ours + "/" + name + "/cgroup.procs"))
        result.push_back(ours + "/" + name);
  }
  return result;
}

void invalid_limit_is_refused() {
  const auto valid = check::run({"--memory", "64m"}, {"true"});
  expect(valid.status == 0, "--memory 64m: " + valid.errors);
  const auto result = check::run({"--memory", "64x"}, {"true"});
  expect(result.status == 125,
         fmt::format("--memory 64x is accepted: status {}", result.status));
  for (const auto& group : our_groups()) throw failed(group + " exists");
}

void group_is_removed() {
  subject container({}, idle);
  const std::string name = path_of(container.first_process(), "memory");
  const auto still_there = [&] {
    auto groups = our_groups();
    std::erase_if(groups, [&](const auto& group) { return !group.ends_with(name); });
    return groups;
  };
  expect(!still_there().empty(), "there is none while it runs");
  container.end();
  for (const auto& group : still_there()) throw failed(group + " still exists");
}

// A group without an owner, with a process in it, like the leftover of a killed program.
class orphan {
 public:
  orphan() {
    pid_ = sys::check("fork", "orphan", [] { return ::fork(); });
    if (pid_ == 0) {
      ::execlp("sleep", "sleep", "30", nullptr);
      ::_exit(127);
    }
    for (const auto& hierarchy : hierarchies()) {
      if (hierarchy.controllers == std::set<std::string>{"cpuset"}) continue;
      sys::make_directory(sys::quiet, hierarchy.mount_point + "/zoomin");
      sys::make_directory(sys::quiet, hierarchy.mount_point + "/zoomin/orphan");
      sys::write_file(sys::quiet, hierarchy.mount_point + "/zoomin/orphan/cgroup.procs",
                      fmt::format("{}", pid_));
    }
  }
  orphan(const orphan&) = delete;
  orphan& operator=(const orphan&) = delete;
  ~orphan() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    for (const auto& hierarchy : hierarchies()) {
      ::rmdir((hierarchy.mount_point + "/zoomin/orphan").c_str());
      ::rmdir((hierarchy.mount_point + "/zoomin").c_str());
    }
  }
  [[nodiscard]] bool alive() const {
    const std::string state = status_field(pid_, "State");
    return !state.empty() && state[0] != 'Z';
  }

 private:
  pid_t pid_;
};

// Moves a process of the host into the group, as an administrator might.
void remaining_processes_are_killed() {
  subject container({}, idle);
  const pid_t first = container.first_process();
  check::subprocess guest({"sh", "-c", "echo ready; sleep 60"});
  expect(guest.line() == "ready", "no process could be started");
  for (const char* controller : {"memory", "cpu", "pids"})
    sys::write_file(sys::quiet, directory_of(first, controller) + "/cgroup.procs",
                    fmt::format("{}", guest.program()));
  container.end();
  const std::string state = status_field(guest.program(), "State");
  expect(state.empty() || state[0] == 'Z', "a process that was moved into it still runs");
}

void stale_is_removed() {
  const orphan left;
  const auto result = check::run({}, {"true"});
  expect(result.status == 0, fmt::format("the next run's status is {}", result.status));
  expect(!left.alive(), "the process in it still runs");
  for (const auto& group : our_groups()) throw failed(group + " still exists");
}

}  // namespace

std::vector<check::fact> proofs() {
  const std::string area = "cgroups";
  std::vector<check::fact> facts{
      {area, "it is in its own cgroup", own_group},
      {area, "it sees that cgroup as its /", own_root},
      {area, "its command starts in it", starts_in_it},
      {area, "its memory limit is set",
       [] {
         limit_is({"--memory", "64m"}, "memory", {"memory.limit_in_bytes", "67108864"},
                  {"memory.max", "67108864"});
       }},
      {area, "a memory limit alone allows no swap", no_swap_beyond},
      {area, "its swap limit is set",
       [] {
         limit_is({"--memory", "64m", "--memory-swap", "96m"}, "memory",
                  {"memory.memsw.limit_in_bytes", "100663296"},
                  {"memory.swap.max", "33554432"});
       }},
      {area, "over the limit it is killed, and its sibling isn't", ended_over_the_limit},
      {area, "its CPU limit is set",
       [] {
         limit_is({"--cpus", "0.5"}, "cpu", {"cpu.cfs_quota_us", "50000"},
                  {"cpu.max", "50000 100000"});
       }},
      {area, "with --cpus 0.5 it uses half a CPU", half_a_processor},
      {area, "it runs on its processors only", on_its_processor},
      {area, "its limit of processes is set",
       [] {
         limit_is({"--pids-limit", "33"}, "pids", {"pids.max", "33"}, {"pids.max", "33"});
       }},
      {area, "without options it has at most 512 processes",
       [] {
         limit_is({}, "pids", {"pids.max", "512"}, {"pids.max", "512"});
       }},
      {area, "a fork bomb stops at its limit", fork_bomb_stops},
      {area, "its usage can be read", usage_is_read},
      {area, "its cgroup is gone afterwards", group_is_removed},
      {area, "what is left in it is killed at its end", remaining_processes_are_killed},
      {area, "the next container cleans up after killed ones", stale_is_removed},
      {area, "an invalid limit is refused, and nothing is made",
       invalid_limit_is_refused},
  };
  if (may_be_v2())
    facts.push_back(
        {area, "over the limit all its processes are killed", [] {
           limit_is({"--memory", "64m"}, "memory", {}, {"memory.oom.group", "1"});
         }});
  return facts;
}

}  // namespace zoomin::cgroup
