// SPDX-License-Identifier: MIT
#include "04-cgroups/lab/options.hpp"

namespace zoomin::cgroup {

namespace {

constexpr std::uint64_t modest_pids = 512;

}  // namespace

void add_options(zoomin::options& to, options& into) {
  to.value("--memory,-m", into.typed.memory, "at most so much memory: 64m, 2g");
  to.value("--memory-swap", into.typed.memory_swap,
           "memory and swap together (as --memory: no swap)");
  to.value("--cpus", into.typed.cpus, "at most so many processors' time: 0.5");
  to.value("--cpuset-cpus", into.typed.cpuset_cpus, "only these processors: 0-1");
  to.value("--pids-limit", into.typed.pids_limit,
           "at most so many processes and threads (512)");
  to.value("--cgroup-parent", into.parent,
           "make the group below this one, a path from the root of the tree");
}

limits options::wanted() const {
  limits result = parse(typed, processors());
  result.pids_where_possible = !result.pids;
  result.pids = result.pids.value_or(modest_pids);
  return result;
}

}  // namespace zoomin::cgroup
