// SPDX-License-Identifier: MIT
// Tests of final/cgroup/: groups that several processes share, and those of containers.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <list>
#include <sstream>
#include <utility>

#include "04-cgroups/cgroup.hpp"
#include "04-cgroups/coordination/cleanup.hpp"
#include "04-cgroups/coordination/create.hpp"
#include "04-cgroups/group_files.hpp"
#include "cgroup/container_group.hpp"
#include "cgroup/existing.hpp"
#include "cgroup/freezer.hpp"
#include "cgroup/joined_group.hpp"
#include "common/error.hpp"
#include "common/lab/subprocess.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"
#include "support/catch.hpp"
#include "support/sleeper.hpp"
#include "support/support.hpp"

using namespace zoomin;
using namespace zoomin::test;

namespace {

bool is_version_2() { return cgroup::hierarchies().front().version == 2; }

// Returns the value in a file of a group, which has different names in version 1 and 2.
std::optional<std::uint64_t> number_of(const cgroup::group& group,
                                       const std::string& controller,
                                       const std::string& first,
                                       const std::string& other) {
  const auto* at = cgroup::find(group.dirs(), controller);
  if (at == nullptr) return std::nullopt;
  return cgroup::number_in(at->file(is_version_2() ? other : first));
}

// A process that joins a shared group, and stays until leave() or until it is killed.
class member {
 public:
  explicit member(const std::string& group) {
    int to[2], from[2];
    REQUIRE(::pipe2(to, O_CLOEXEC) == 0);
    REQUIRE(::pipe2(from, O_CLOEXEC) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(to[1]);
      live(group, to[0], from[1]);
    }
    ::close(to[0]);
    ::close(from[1]);
    tell_ = unique_fd(to[1]);
    char joined = 0;
    CHECK(::read(from[0], &joined, 1) == 1);
    ::close(from[0]);
  }
  member(const member&) = delete;
  member& operator=(const member&) = delete;
  ~member() { leave(); }
  [[nodiscard]] pid_t id() const { return pid_; }
  void leave() {
    if (pid_ == 0) return;
    CHECK(::write(tell_.get(), "l", 1) == 1);
    ::waitpid(std::exchange(pid_, 0), nullptr, 0);
  }
  void kill() {
    ::kill(pid_, SIGKILL);
    ::waitpid(std::exchange(pid_, 0), nullptr, 0);
  }

 private:
  [[noreturn]] static void live(const std::string& group, int requests, int answers) {
    try {
      cgroup::joined_group stay(group);
      stay.join();
      char none = 0;
      if (::write(answers, "j", 1) == 1 && ::read(requests, &none, 1) == 1) stay.leave();
    } catch (const std::exception& failure) {
      fmt::print(stderr, "{}\n", failure.what());
    }
    ::_exit(0);
  }

  pid_t pid_ = 0;
  unique_fd tell_;
};

std::vector<std::string> group_directories(const std::string& group) {
  std::vector<std::string> result;
  for (const auto& hierarchy : cgroup::all_hierarchies())
    result.push_back(hierarchy.mount_point + "/zoomin" + group);
  return result;
}

long count_existing(const std::vector<std::string>& paths) {
  return std::ranges::count_if(paths, sys::exists);
}

// Returns a shared group's directory in each hierarchy that it uses.
std::vector<std::string> shared_directories(const std::string& group) {
  return cgroup::joined_group(group).directories();
}

// Waits until the group is empty. A member leaves it a moment after its end.
bool wait_until_empty() {
  const int max_looks = check::stretched(100);
  for (int looks = 0; looks < max_looks && count_existing(group_directories("")) > 0;
       ++looks)
    ::usleep(10'000);
  return count_existing(group_directories("")) == 0;
}

// Returns all our directories, in all hierarchies.
std::vector<std::string> our_groups() {
  std::vector<std::string> result;
  for (const auto& hierarchy : cgroup::hierarchies())
    if (const auto ours = hierarchy.mount_point + "/zoomin"; sys::exists(ours))
      std::ranges::copy(cgroup::groups_in(ours), std::back_inserter(result));
  return result;
}

}  // namespace

TEST_CASE("members of a shared group leave their group in each manager's hierarchy",
          "[final][v2]") {
  const auto places = shared_directories("watch");
  member member("watch"), other("watch");
  CHECK(count_existing(places) == static_cast<long>(places.size()));
  for (const auto& path : places) {
    INFO(path);
    const auto inside = cgroup::words_in(path + "/cgroup.procs");
    CHECK(inside.contains(std::to_string(member.id())));
    CHECK(inside.contains(std::to_string(other.id())));
  }
  member.leave();
  CHECK(count_existing(places) == static_cast<long>(places.size()));
  other.leave();
  CHECK(wait_until_empty());
}

TEST_CASE("a shared group isn't removed while it has a member", "[final][v2]") {
  member first("watch");
  {
    const auto group = cgroup::create("one", cgroup::limits());
    CHECK(count_existing(shared_directories("watch")) > 0);
  }
  cgroup::clean_up();
  const auto status = sys::read_file(fmt::format("/proc/{}/cgroup", first.id()));
  CHECK(contains(status, "/zoomin/watch\n"));
  first.leave();
  CHECK(wait_until_empty());
}

TEST_CASE("a shared group whose members were killed is removed later", "[final][v2]") {
  member("watch").kill();
  CHECK(count_existing(shared_directories("watch")) > 0);
  cgroup::clean_up();
  CHECK(our_groups().empty());
  member("watch").kill();
  member("watch").leave();
  CHECK(wait_until_empty());
  member("watch").kill();
  cgroup::clean_up();
  CHECK(wait_until_empty());
}

TEST_CASE("leaving a shared group kills no other member", "[final][v2]") {
  member member("watch"), other("watch");
  member.leave();
  cgroup::clean_up();
  CHECK(::kill(other.id(), 0) == 0);
  CHECK(count_existing(shared_directories("watch")) > 0);
  other.leave();
  CHECK(wait_until_empty());
}

TEST_CASE("a member starts in its group, and moves in no controller's hierarchy",
          "[final][v2]") {
  cgroup::joined_group watch("watch");
  unique_fd pidfd;
  const pid_t child = watch.fork(&pidfd);
  if (child == 0) {
    const auto groups = [] { return sys::read_file("/proc/self/cgroup"); };
    const bool born = contains(groups(), "0::/zoomin/watch\n");
    const bool has_second =
        std::ranges::any_of(cgroup::all_hierarchies(),
                            [](const auto& hierarchy) { return hierarchy.version == 2; });
    watch.join();
    std::size_t joined = 0;
    std::istringstream lines(groups());
    for (std::string line; std::getline(lines, line);)
      if (contains(line, ":/zoomin/watch")) ++joined;
    watch.leave();
    ::_exit(born == has_second && joined == shared_directories("watch").size() ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(wait_until_empty());
}

TEST_CASE("a member can leave if its original group is gone", "[final]") {
  const auto places = shared_directories("watch");
  const auto named = std::ranges::find_if(
      places, [](const auto& hierarchy) { return contains(hierarchy, "/systemd/"); });
  if (named == places.end()) skip_loudly("name=systemd isn't mounted");
  const std::string before =
      named->substr(0, named->size() - std::string("/zoomin/watch").size()) + "/before";
  sys::mkdir(sys::quiet, before);
  const pid_t child = ::fork();
  if (child == 0) {
    sys::write_file(sys::quiet, before + "/cgroup.procs", "0");
    cgroup::joined_group stay("watch");
    stay.join();
    sys::rmdir(sys::quiet, before);
    stay.leave();
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  CHECK(wait_until_empty());
}

TEST_CASE("many members join and leave a shared group at the same time", "[final][v2]") {
  std::vector<pid_t> result;
  for (int i = 0; i < 60; ++i) {
    result.push_back(::fork());
    if (result.back() != 0) continue;
    try {
      cgroup::joined_group stay("watch");
      stay.join();
      if (stay.directories() != shared_directories("watch")) ::_exit(2);
      stay.leave();
    } catch (const std::exception& failure) {
      fmt::print(stderr, "{}\n", failure.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  for (const pid_t number : result) {
    int status = -1;
    ::waitpid(number, &status, 0);
    CHECK(status == 0);
  }
  CHECK(wait_until_empty());
}

TEST_CASE("the common limit of all groups holds, and a sibling survives", "[final][v2]") {
  constexpr std::uint64_t ceiling = 64 << 20;
  auto eater = cgroup::create("eater", cgroup::resources(), "", ceiling);
  auto sibling = cgroup::create("sibling", cgroup::resources(), "", 2 * ceiling);
  const std::string ours = eater.directories().front() + "/..";
  const auto directory = [&] {
    for (const auto& item : eater.directories())
      for (const char* file : {"/../memory.max", "/../memory.limit_in_bytes"})
        if (sys::exists(item + file)) return item + file;
    return std::string();
  }();
  REQUIRE(!directory.empty());
  CHECK(cgroup::number_in(directory) == ceiling);  // the first limit stays
  CHECK(cgroup::number_in(ours + "/memory.oom.group").value_or(0) == 0);
  const sleeper quiet_one;
  sibling.add(quiet_one.id());
  const pid_t glutton = ::fork();
  if (glutton == 0) {
    eater.add(::getpid());
    ::execlp("sh", "sh", "-c", "head -c 128m /dev/zero | tail > /dev/null", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(glutton, &status, 0);
  CHECK(status != 0);
  CHECK(eater.read_events().oom_kills > 0);
  CHECK(quiet_one.alive());
  CHECK(sibling.read_events().oom_kills == 0);
}

TEST_CASE("a group can use other hierarchies of version 1", "[final]") {
  if (is_version_2()) skip_loudly("version 2 has one hierarchy");
  auto group = cgroup::create("one", cgroup::limits(), "", {"devices", "freezer"});
  const auto opened = cgroup::open("one");
  for (const char* file : {"/devices.list", "/freezer.state"})
    for (const auto& directories : {group.directories(), opened.directories()})
      CHECK(std::ranges::any_of(directories, [&](const auto& hierarchy) {
        return sys::exists(hierarchy + file);
      }));
  group.remove();
  CHECK(count_existing(group_directories("")) == 0);
}

TEST_CASE("an opened group can be read and limited, and isn't removed", "[final][v2]") {
  auto group = cgroup::create("one", {.memory_bytes = 64 << 20,
                                      .memory_swap_bytes = {},
                                      .cpu_quota_us = 50'000,
                                      .processors = {},
                                      .pids = 10});
  cgroup::resources other;
  other.memory_bytes = 128 << 20;
  other.memory_swap_bytes = 256 << 20;
  other.memory_reservation_bytes = 32 << 20;
  other.cpu_weight = 200;
  other.pids = cgroup::unlimited;
  {
    const auto opened = cgroup::open("one");
    CHECK(opened.read().pids_limit == 10);
    cgroup::limit(opened, other);
  }
  const auto now = group.read();
  CHECK(now.memory_limit_bytes == 128 << 20);
  CHECK(now.cpu_quota_us == 50'000);  // other limits don't change
  CHECK(now.pids_limit == cgroup::unlimited);
  CHECK(number_of(group, "cpu", "cpu.shares", "cpu.weight") ==
        (is_version_2() ? 200 : 2048));
  CHECK(number_of(group, "memory", "memory.soft_limit_in_bytes", "memory.low") ==
        32 << 20);
  group.remove();
  CHECK_THROWS_AS(cgroup::open("one"), usage_error);
  CHECK(count_existing(group_directories("")) == 0);
}

TEST_CASE("if one of several new limits is refused, none changes", "[final][v2]") {
  cgroup::resources before;
  before.memory_bytes = 64 << 20;
  before.oom_kills_all = false;
  before.pids = 10;
  auto group = cgroup::create("one", before, "", cgroup::unlimited);
  const auto reservation = [&] {
    return number_of(group, "memory", "memory.soft_limit_in_bytes", "memory.low");
  };
  const auto first_reservation = reservation();
  auto after = before;
  after.memory_bytes = 128 << 20;
  after.memory_reservation_bytes = 32 << 20;
  after.cpu_quota_us = 50'000;
  after.cpu_weight = 200;
  after.pids = 20;
  after.memory_nodes = {1000};  // there are none, or no controller for them
  CHECK_THROWS(cgroup::change_limits(group, before, after));
  const auto now = group.read();
  CHECK(now.memory_limit_bytes == 64 << 20);
  CHECK_FALSE(now.cpu_quota_us);
  CHECK(now.pids_limit == 10);
  CHECK(number_of(group, "cpu", "cpu.shares", "cpu.weight") ==
        (is_version_2() ? 100 : 1024));
  CHECK(reservation() == first_reservation);
  group.remove();
  CHECK(count_existing(group_directories("")) == 0);
}

TEST_CASE("a frozen group's processes stop, and die when it is removed", "[final][v2]") {
  auto group = cgroup::create("one", cgroup::resources(), "", cgroup::unlimited);
  const sleeper inside;
  group.add(inside.id());
  cgroup::freeze(group, true);
  CHECK(inside.alive());
  cgroup::freeze(group, false);
  cgroup::freeze(group, true);
  group.remove();
  CHECK(!inside.alive());
  CHECK(count_existing(group_directories("")) == 0);
}

// The helper that removes the group is a child of this process once the member has ended.
TEST_CASE("the end of a member waits only half a second for the others", "[final][v2]") {
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  std::list<member> others;
  for (int i = 0; i < 3; ++i) others.emplace_back("watch");
  const bool has_helper =
      std::ranges::any_of(cgroup::all_hierarchies(),
                          [](const auto& hierarchy) { return hierarchy.version == 2; });
  member("watch").leave();
  const auto begin = std::chrono::steady_clock::now();
  const pid_t before = others.front().id();
  CHECK(::kill(before, 0) == 0);
  int status = 0;
  pid_t helper = 0;
  while (has_helper && (helper = ::waitpid(-1, &status, WNOHANG)) == 0) ::usleep(10'000);
  const auto passed = std::chrono::steady_clock::now() - begin;
  CHECK((helper > 0) == has_helper);
  CHECK(passed < std::chrono::milliseconds(check::stretched(1) * 1000));
  CHECK(count_existing(shared_directories("watch")) > 0);
  for (auto& other : others) other.leave();
  CHECK(wait_until_empty());
}

TEST_CASE("the last members remove their group if they end together", "[final][v2]") {
  for (int round = 0; round < 20; ++round) {
    std::list<member> members;
    for (int i = 0; i < 3; ++i) members.emplace_back("watch");
    members.clear();
    CHECK(wait_until_empty());
  }
}
