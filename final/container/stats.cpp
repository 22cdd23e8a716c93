// SPDX-License-Identifier: MIT
#include "container/stats.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <sstream>

#include "04-cgroups/group_files.hpp"
#include "cgroup/existing.hpp"
#include "common/error.hpp"
#include "common/look.hpp"
#include "common/sys.hpp"
#include "container/reconcile.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

struct running_container {
  std::string id;
  pid_t pid;
};

running_container find_running(const std::string& reference) {
  std::string id = find(reference);
  const auto now = reconcile(id);
  require_running(now, reference);
  return {std::move(id), now.pid};
}

cgroup::group group_of(const std::string& id) {
  return cgroup::open(id, parse_spec(container_json(id)).cgroup_parent);
}

// Adds up the lines of /proc/PID/net/dev: "  eth0: received packets … (8 columns) sent
// …".
void count_interfaces(pid_t pid, stats& total) {
  if (look::namespace_number(pid, "net") == look::namespace_number(::getpid(), "net"))
    return;
  std::istringstream lines(sys::read_file(fmt::format("/proc/{}/net/dev", pid)));
  std::string line;
  for (int heading = 0; heading < 2; ++heading) std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string name, skip;
    std::uint64_t received = 0, sent = 0;
    words >> name >> received;
    for (int column = 1; column < 8; ++column) words >> skip;
    words >> sent;
    if (name == "lo:") continue;
    total.received_bytes += received;
    total.sent_bytes += sent;
  }
}

}  // namespace

stats stats_of(const std::string& reference) {
  const auto [id, pid] = find_running(reference);
  const auto group = group_of(id);
  stats result{.group = group.read(), .io = cgroup::read_io(group)};
  count_interfaces(pid, result);
  return result;
}

std::vector<pid_t> processes_of(const std::string& reference) {
  return cgroup::processes_in(
      group_of(find_running(reference).id).dirs().front().directory);
}

}  // namespace zoomin::container
