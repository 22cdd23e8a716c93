// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "04-cgroups/look.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

namespace {

using check::expect;
using check::failed;
using check::subject;

const std::vector<std::string> idle{"sh", "-c", "echo ready; read -r end"};

// Each load limits itself, so that one without its limit does no harm either.
const std::vector<std::string> eats_128_mib{"sh", "-c",
                                            "head -c 128m /dev/zero | tail > /dev/null"};
const std::vector<std::string> busy{
    "sh", "-c", "(sleep 20; kill -9 $$) & echo ready; while :; do :; done"};
const std::vector<std::string> forks_53{
    "sh", "-c",
    "echo ready; (i=0; while [ $i -lt 53 ]; do sleep 5 & i=$((i+1)); done; wait) 2>&1; "
    "read -r end"};
constexpr std::uint64_t fork_limit = 33;

bool second_version() { return hierarchies().front().version == 2; }

// The list of facts is made before anything is known to work.
bool may_be_second() {
  try {
    return second_version();
  } catch (const std::exception&) {
    return false;
  }
}

// A file of the container's group, by its name in version 1 or 2, without the newline.
std::string file_of(pid_t pid, const std::string& controller, const std::string& first,
                    const std::string& second) {
  const std::string path =
      directory_of(pid, controller) + "/" + (second_version() ? second : first);
  if (!sys::exists(path)) return fmt::format("({} isn't there)", path);
  const std::string text = sys::read_file(path);
  return text.substr(0, text.find('\n'));
}

void limit_is(const std::vector<std::string>& options, const char* controller,
              const std::pair<std::string, std::string>& first,
              const std::pair<std::string, std::string>& second) {
  subject subject(options, idle);
  const std::string held =
      file_of(subject.first_process(), controller, first.first, second.first);
  const auto& [name, asked] = second_version() ? second : first;
  expect(held == asked, fmt::format("{} is {}, not {}", name, held, asked));
}

void own_group() {
  subject subject({}, idle);
  const pid_t first = subject.first_process();
  for (const char* controller : {"memory", "cpu", "cpuacct", "pids"}) {
    const std::string its = path_of(first, controller);
    expect(its.find("/zoomin/") != std::string::npos,
           fmt::format("its {} cgroup is {}", controller, its));
  }
}

void own_root() {
  subject subject({}, idle);
  const pid_t first = subject.first_process();
  expect(look::namespace_number(first, "cgroup") !=
             look::namespace_number(::getpid(), "cgroup"),
         "its cgroup namespace is the host's");
  const std::string its =
      look::from_inside(first, CLONE_NEWCGROUP, [&] { return path_of(first, "memory"); });
  expect(its == "/", fmt::format("it sees {} as its cgroup", its));
}

void ended_over_the_limit() {
  subject sibling({"--memory", "64m"}, idle);
  const pid_t beside = sibling.first_process();
  const auto result = check::run({"--memory", "64m"}, eats_128_mib);
  expect(
      result.status == 137,
      fmt::format("128 MiB at a limit of 64 MiB: the exit status is {}", result.status));
  const std::string text = "killed by the OOM killer at its limit of 64 MiB";
  expect(result.errors.find(text) != std::string::npos,
         "it doesn't say why it was killed");
  expect(::kill(beside, 0) == 0 && status_field(beside, "State").at(0) != 'Z',
         "its sibling died too");
}

// In periods of the kernel's own clock, so that a slow machine counts the same. Where
// others want the processors too, it gets less, but then it isn't the limit that stops it
// in nearly each period.
void half_a_processor() {
  subject subject({"--cpus", "0.5"}, busy);
  const pid_t first = subject.first_process();
  const std::string stat = directory_of(first, "cpu") + "/cpu.stat";
  const auto time_us = [&] {
    return second_version() ? number_in(stat, "usage_usec")
                            : number_in(directory_of(first, "cpuacct") + "/cpuacct.usage")
                                      .value_or(0) /
                                  1000;
  };
  const auto periods_before = number_in(stat, "nr_periods"), time_before = time_us();
  const auto stopped_before = number_in(stat, "nr_throttled");
  std::this_thread::sleep_for(std::chrono::milliseconds(3100));
  const auto periods = number_in(stat, "nr_periods") - periods_before;
  expect(periods >= 25, fmt::format("the kernel counted {} periods in 3 s", periods));
  const double share = static_cast<double>(time_us() - time_before) /
                       static_cast<double>(periods * cpu_period_us);
  const auto stopped = number_in(stat, "nr_throttled") - stopped_before;
  expect(
      share < 0.55 && (share > 0.45 || stopped < periods * 9 / 10),
      fmt::format("it used {:.2f} processors' time, and was stopped in {} of {} periods",
                  share, stopped, periods));
}

void on_its_processor() {
  subject subject({"--cpuset-cpus", "0"}, idle);
  const pid_t first = subject.first_process();
  const std::string its = status_field(first, "Cpus_allowed_list");
  expect(its == "0", fmt::format("it may run on processors {}", its));
  const std::string held = file_of(first, "cpuset", "cpuset.cpus", "cpuset.cpus");
  expect(held == "0", fmt::format("cpuset.cpus is {}", held));
}

void fork_bomb_stops() {
  subject subject({"--pids-limit", fmt::format("{}", fork_limit)}, forks_53);
  const std::string directory = directory_of(subject.first_process(), "pids");
  std::uint64_t most = 0;
  for (int i = 0; i < 100 && number_in(directory + "/pids.events", "max") == 0; ++i) {
    most = std::max(most, number_in(directory + "/pids.current").value_or(0));
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    if (most > fork_limit) break;
  }
  most = std::max(most, number_in(directory + "/pids.current").value_or(0));
  expect(most <= fork_limit, fmt::format("it has {} processes", most));
  expect(number_in(directory + "/pids.events", "max") > 0, "no fork was refused");
}

// The directories of all groups of ours, in each hierarchy, and "…/zoomin" itself.
std::vector<std::string> our_groups() {
  std::vector<std::string> result;
  for (const auto& one : hierarchies()) {
    const std::string ours = one.mount_point + "/zoomin";
    if (!sys::exists(ours)) continue;
    result.push_back(ours);
    for (const auto& name : sys::list_directory(ours))
      if (sys::exists(ours + "/" + name + "/cgroup.procs"))
        result.push_back(ours + "/" + name);
  }
  return result;
}

void gone_afterwards() {
  subject subject({}, idle);
  subject.first_process();
  expect(!our_groups().empty(), "there is none while it runs");
  subject.end();
  for (const auto& left : our_groups()) throw failed(left + " is still there");
}

// A group without an owner, and a process in it, as a killed run leaves them.
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

void stale_is_removed() {
  const orphan left;
  const auto result = check::run({}, {"true"});
  expect(result.status == 0, fmt::format("beside it a run exits {}", result.status));
  expect(!left.alive(), "what was left in it lives on");
  for (const auto& one : our_groups()) throw failed(one + " is still there");
}

}  // namespace

std::vector<check::fact> proofs() {
  const std::string area = "cgroups";
  std::vector<check::fact> facts{
      {area, "it lives in a cgroup of its own", own_group},
      {area, "it sees that cgroup as its /", own_root},
      {area, "its memory is limited to what was asked",
       [] {
         limit_is({"--memory", "64m"}, "memory", {"memory.limit_in_bytes", "67108864"},
                  {"memory.max", "67108864"});
       }},
      {area, "its swap is limited to what was asked",
       [] {
         limit_is({"--memory", "64m", "--memory-swap", "96m"}, "memory",
                  {"memory.memsw.limit_in_bytes", "100663296"},
                  {"memory.swap.max", "33554432"});
       }},
      {area, "over the limit it is killed, and its sibling isn't", ended_over_the_limit},
      {area, "its CPU time is limited to what was asked",
       [] {
         limit_is({"--cpus", "0.5"}, "cpu", {"cpu.cfs_quota_us", "50000"},
                  {"cpu.max", "50000 100000"});
       }},
      {area, "half a processor is half a processor", half_a_processor},
      {area, "it runs on the processors it was given", on_its_processor},
      {area, "a fork bomb stops at its limit", fork_bomb_stops},
      {area, "its cgroup is gone afterwards", gone_afterwards},
      {area, "what a killed run left is removed by the next", stale_is_removed},
  };
  if (may_be_second())
    facts.push_back(
        {area, "over the limit all of it ends, not one process", [] {
           limit_is({"--memory", "64m"}, "memory", {}, {"memory.oom.group", "1"});
         }});
  return facts;
}

}  // namespace zoomin::cgroup
