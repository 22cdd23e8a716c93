// SPDX-License-Identifier: MIT
#include "04-cgroups/lab/options.hpp"

namespace zoomin::cgroup {

namespace {

constexpr std::uint64_t modest_pids = 512;

}  // namespace

void add_options(zoomin::options& to, options& options) {
  to.value("--memory,-m", options.typed.memory, "memory limit: 64m, 2g");
  to.value("--memory-swap", options.typed.memory_swap,
           "limit of memory and swap (the same as --memory)");
  to.value("--cpus", options.typed.cpus, "number of CPUs: 0.5");
  to.value("--cpuset-cpus", options.typed.cpuset_cpus, "allowed CPUs: 0-1");
  to.value("--pids-limit", options.typed.pids_limit,
           "limit of processes and threads (512)");
  to.value("--cgroup-parent", options.parent, "parent cgroup, as a path from the root");
}

limits options::parsed() const {
  limits result = parse(typed, processors());
  result.pids_where_possible = !result.pids;
  result.pids = result.pids.value_or(modest_pids);
  return result;
}

}  // namespace zoomin::cgroup
