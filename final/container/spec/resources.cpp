// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "04-cgroups/hierarchy.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/spec/json.hpp"

namespace zoomin::container {

namespace {

constexpr std::uint64_t default_pids = 2048;
constexpr std::int64_t nano = 1'000'000'000;

std::uint64_t bytes_of(const json& in, const char* key, const char* flag) {
  const auto bytes = value<std::uint64_t>(in, key, 0);
  if (bytes != 0 && bytes < cgroup::least_memory_bytes)
    throw usage_error(fmt::format("{} {}: must be at least 6 MiB", flag, bytes));
  return bytes;
}

// Converts --cpu-shares of version 1 to a weight of version 2. The defaults are 1024
// shares and a weight of 100, so a container with half of the default has half in both.
std::uint64_t weight_of(std::uint64_t shares) {
  constexpr std::uint64_t least = 2, most = 262144;
  if (shares < least || shares > most)
    throw usage_error(
        fmt::format("--cpu-shares {}: must be {} to {}", shares, least, most));
  return std::clamp<std::uint64_t>((shares * 100 + 512) / 1024, 1, 10000);
}

// Returns the CPU quota of --cpus, or of --cpu-quota in each --cpu-period.
std::optional<std::uint64_t> quota_of(const json& host) {
  const auto cpus = value<std::int64_t>(host, "NanoCpus", 0);
  const auto quota = value<std::int64_t>(host, "CpuQuota", 0);
  const auto period = value<std::int64_t>(
      host, "CpuPeriod", static_cast<std::int64_t>(cgroup::cpu_period_us));
  if (cpus != 0 && quota != 0)
    throw usage_error("--cpus can't be combined with --cpu-quota");
  if (value<std::int64_t>(host, "CpuPeriod", 0) != 0 && quota <= 0)
    throw usage_error("--cpu-period requires --cpu-quota", "--cpus sets both at once");
  if (cpus != 0) return static_cast<std::uint64_t>(cpus) * cgroup::cpu_period_us / nano;
  if (quota <= 0) return std::nullopt;
  if (period < 1000 || period > 1'000'000)
    throw usage_error(fmt::format("--cpu-period {}: must be 1000 to 1000000 µs", period));
  const auto quota_us = static_cast<std::uint64_t>(quota) * cgroup::cpu_period_us /
                        static_cast<std::uint64_t>(period);
  if (quota_us < cgroup::least_quota_us)
    throw usage_error(fmt::format("--cpu-quota {}: must be at least 0.01 CPUs", quota));
  return quota_us;
}

std::set<unsigned> memory_nodes_of(const std::string& text) {
  const std::string path = "/sys/devices/system/node/online";
  std::string known = sys::exists(path) ? sys::read_file(path) : "0\n";
  known.pop_back();
  const auto nodes = cgroup::processors_of(text);
  const auto online = cgroup::processors_of(known);
  if (!nodes || !online || !std::ranges::includes(*online, *nodes))
    throw usage_error(fmt::format("--cpuset-mems {}: no memory nodes of this machine",
                                  sys::quote(text)),
                      path + " lists the nodes");
  return *nodes;
}

void read_io(const json& host, cgroup::resources& to) {
  const auto weight = value<std::uint64_t>(host, "BlkioWeight", 0);
  if (weight != 0 && (weight < 10 || weight > 1000))
    throw usage_error(fmt::format("--blkio-weight {}: must be 10 to 1000", weight));
  if (weight != 0) to.io_weight = weight;
  using kind = cgroup::io_limit::kind;
  constexpr std::array<std::pair<const char*, kind>, 4> keys{
      {{"BlkioDeviceReadBps", kind::read_bytes},
       {"BlkioDeviceWriteBps", kind::written_bytes},
       {"BlkioDeviceReadIOps", kind::reads},
       {"BlkioDeviceWriteIOps", kind::writes}}};
  for (const auto& [key, type] : keys)
    for (const auto& entry : value(host, key, json(json::array())))
      to.io.push_back({value<std::string>(entry, "Path", ""), type,
                       value<std::uint64_t>(entry, "Rate", cgroup::unlimited)});
}

}  // namespace

void read_resources(const json& host, container_spec& to) {
  auto& limits = to.limits;
  if (const auto bytes = bytes_of(host, "Memory", "--memory"); bytes != 0)
    limits.memory_bytes = bytes;
  if (const auto bytes = bytes_of(host, "MemoryReservation", "--memory-reservation");
      bytes != 0)
    limits.memory_reservation_bytes = bytes;
  if (limits.memory_bytes &&
      limits.memory_reservation_bytes.value_or(0) > *limits.memory_bytes)
    throw usage_error("--memory-reservation: must not be more than --memory");
  const auto swap = value<std::int64_t>(host, "MemorySwap", 0);
  if (swap != 0)
    limits.memory_swap_bytes =
        swap == -1 ? cgroup::unlimited : static_cast<std::uint64_t>(swap);
  if (swap > 0) cgroup::check_swap(limits, cgroup::size_text(*limits.memory_swap_bytes));
  limits.oom_ends_all = value(host, "OomGroup", false);
  if (limits.oom_ends_all && !limits.memory_bytes)
    throw usage_error("--oom-group requires --memory");
  if (limits.oom_ends_all && cgroup::hierarchies().front().version == 1)
    throw usage_error("--oom-group requires cgroup version 2");
  limits.cpu_quota_us = quota_of(host);
  const auto shares = value<std::uint64_t>(host, "CpuShares", 0);
  if (shares != 0) limits.cpu_weight = weight_of(shares);
  const auto set = value<std::string>(host, "CpusetCpus", "");
  if (!set.empty())
    limits.processors =
        cgroup::parse_processors("--cpuset-cpus", set, cgroup::processors());
  const auto nodes = value<std::string>(host, "CpusetMems", "");
  if (!nodes.empty()) limits.memory_nodes = memory_nodes_of(nodes);
  read_io(host, limits);
  const auto pids = value<std::int64_t>(host, "PidsLimit", 0);
  limits.pids = pids == 0  ? default_pids
                : pids < 0 ? cgroup::unlimited
                           : static_cast<std::uint64_t>(pids);
  limits.pids_where_possible = pids == 0;
  const int score = value(host, "OomScoreAdj", 0);
  if (score < -1000 || score > 1000)
    throw usage_error(fmt::format("--oom-score-adj {}: must be -1000 to 1000", score));
  to.init_process.oom_score_adj = score;
  to.cgroup_parent = value<std::string>(host, "CgroupParent", "");
}

}  // namespace zoomin::container
