// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "04-cgroups/hierarchy.hpp"
#include "base/field_error.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/spec/fields.hpp"

namespace zoomin::container {

namespace {

constexpr std::uint64_t default_pids = 2048;
constexpr std::uint64_t nano = 1'000'000'000;

void put_memory(std::string_view flag, const std::string& text, json& target) {
  target = cgroup::parse_size(flag, text);
}

// Reads an amount of memory. 0 stands for no limit.
template <auto member>
void read_memory(const json& value, container_spec& to) {
  const auto bytes = value.get<std::uint64_t>();
  if (bytes != 0 && bytes < cgroup::least_memory_bytes)
    throw usage_error(fmt::format("memory limit of {} bytes: must be at least {}", bytes,
                                  cgroup::size_text(cgroup::least_memory_bytes)));
  if (bytes != 0) to.limits.*member = bytes;
}

void put_swap(std::string_view flag, const std::string& text, json& target) {
  target = text == "-1" ? -1 : static_cast<std::int64_t>(cgroup::parse_size(flag, text));
}

void read_swap(const json& value, container_spec& to) {
  if (value == -1) to.limits.memory_swap_bytes = cgroup::unlimited;
  if (value > 0) to.limits.memory_swap_bytes = value.get<std::uint64_t>();
}

void put_cpus(std::string_view flag, const std::string& text, json& target) {
  target = cgroup::parse_cpus(flag, text, cgroup::processors().size()) *
           (nano / cgroup::cpu_period_us);
}

// Converts --cpu-shares, which are those of version 1, to a weight of version 2. The
// defaults are 1024 shares and a weight of 100, so half of one default corresponds to
// half of the other.
void read_shares(const json& value, container_spec& to) {
  const auto shares = value.get<std::uint64_t>();
  if (shares == 0) return;
  constexpr std::uint64_t min_shares = 2, max_shares = 262144;
  if (shares < min_shares || shares > max_shares)
    throw base::field_error(
        "HostConfig.CpuShares",
        fmt::format("{}: must be {} to {}", shares, min_shares, max_shares));
  to.limits.cpu_weight = std::clamp<std::uint64_t>((shares * 100 + 512) / 1024, 1, 10000);
}

// Puts --cpu-quota into the request. -1 means unlimited.
void put_quota(std::string_view flag, const std::string& text, json& target) {
  target = parse_whole_number(flag, text, -1);
}

// Returns the CPU quota of --cpus, or of --cpu-quota in each --cpu-period.
std::optional<std::uint64_t> quota_of(const json& host) {
  const auto cpus = value<std::int64_t>(host, "NanoCpus", 0);
  const auto quota = value<std::int64_t>(host, "CpuQuota", 0);
  const auto period = value<std::int64_t>(
      host, "CpuPeriod", static_cast<std::int64_t>(cgroup::cpu_period_us));
  if (cpus != 0 && quota != 0)
    throw base::field_error("HostConfig.NanoCpus",
                            "can't be combined with HostConfig.CpuQuota");
  if (value<std::int64_t>(host, "CpuPeriod", 0) != 0 && quota == 0)
    throw base::field_error("HostConfig.CpuPeriod", "requires HostConfig.CpuQuota",
                            "HostConfig.NanoCpus sets both at once");
  if (cpus != 0) return static_cast<std::uint64_t>(cpus) * cgroup::cpu_period_us / nano;
  if (quota == 0) return std::nullopt;
  if (quota < 0) return cgroup::unlimited;
  if (period < 1000 || period > 1'000'000)
    throw base::field_error("HostConfig.CpuPeriod",
                            fmt::format("{}: must be 1000 to 1000000 µs", period));
  const auto quota_us = static_cast<std::uint64_t>(quota) * cgroup::cpu_period_us /
                        static_cast<std::uint64_t>(period);
  if (quota_us < cgroup::least_quota_us)
    throw base::field_error("HostConfig.CpuQuota",
                            fmt::format("{}: must be at least 0.01 CPUs", quota));
  return quota_us;
}

void read_processors(const json& value, container_spec& to) {
  const std::string list = value;
  if (list.empty()) return;
  to.limits.processors = cgroup::processors_of(list);
  if (!to.limits.processors)
    throw base::field_error("HostConfig.CpusetCpus",
                            sys::quote(list) + ": not a list of processors",
                            "use a list of processors, such as 0 or 0-3,6");
}

constexpr const char* online_nodes = "/sys/devices/system/node/online";

base::field_error no_such_nodes(const std::string& list) {
  return {"HostConfig.CpusetMems",
          sys::quote(list) + ": this machine has no such memory nodes",
          fmt::format("{} lists the nodes", online_nodes)};
}

void read_memory_nodes(const json& value, container_spec& to) {
  const std::string list = value;
  if (list.empty()) return;
  to.limits.memory_nodes = cgroup::processors_of(list);
  if (!to.limits.memory_nodes) throw no_such_nodes(list);
}

void require_memory_nodes(const std::string& list) {
  std::string known = sys::exists(online_nodes) ? sys::read_file(online_nodes) : "0\n";
  known.pop_back();
  const auto nodes = cgroup::processors_of(list);
  const auto online = cgroup::processors_of(known);
  if (!nodes || !online || !std::ranges::includes(*online, *nodes))
    throw no_such_nodes(list);
}

void read_io_weight(const json& value, container_spec& to) {
  const auto weight = value.get<std::uint64_t>();
  if (weight != 0 && (weight < 10 || weight > 1000))
    throw base::field_error("HostConfig.BlkioWeight",
                            fmt::format("{}: must be 10 to 1000", weight));
  if (weight != 0) to.limits.io_weight = weight;
}

void put_pids(std::string_view flag, const std::string& text, json& target) {
  // 0 means unlimited, as with docker.
  const auto limit = text == "0" ? cgroup::unlimited : cgroup::parse_count(flag, text);
  target = limit == cgroup::unlimited ? -1 : static_cast<std::int64_t>(limit);
}

void read_pids(const json& value, container_spec& to) {
  if (value != 0)
    to.limits.pids = value < 0 ? cgroup::unlimited : value.get<std::uint64_t>();
}

void put_restart(std::string_view, const std::string& text, json& target) {
  const auto policy = parse_restart(text);
  target = {{"Name", name_of(policy.type)}, {"MaximumRetryCount", policy.max_retries}};
}

void read_restart(const json& policy, container_spec& to) {
  const auto name = value<std::string>(policy, "Name", "");
  if (name.empty()) return;
  to.restart = parse_restart(name);
  to.restart.max_retries = value<unsigned>(policy, "MaximumRetryCount", 0);
}

using enum kind;

constexpr field updatable[]{
    shared_with_build({"--memory", 'm', size, "/HostConfig/Memory",
                       "memory limit, such as 64m", "0",
                       read_memory<&cgroup::resources::memory_bytes>, put_memory}),
    shared_with_build({"--memory-swap", 0, text, "/HostConfig/MemorySwap",
                       "limit of memory plus swap (-1: unlimited swap)", "0", read_swap,
                       put_swap}),
    {"--memory-reservation", 0, size, "/HostConfig/MemoryReservation",
     "soft limit of memory: reclaimed last", "0",
     read_memory<&cgroup::resources::memory_reservation_bytes>, put_memory},
    {"--cpus", 0, text, "/HostConfig/NanoCpus", "number of CPUs, such as 0.5", "0",
     nullptr, put_cpus},
    shared_with_build({"--cpu-shares", 'c', number, "/HostConfig/CpuShares",
                       "CPU shares (relative weight, default 1024)", "0", read_shares}),
    shared_with_build({"--cpu-quota", 0, number, "/HostConfig/CpuQuota",
                       "CPU CFS quota in microseconds per period (-1: unlimited)", "0",
                       nullptr, put_quota}),
    shared_with_build({"--cpu-period", 0, number, "/HostConfig/CpuPeriod",
                       "CPU CFS period in microseconds (default 100000)", "0"}),
    shared_with_build({"--cpuset-cpus", 0, text, "/HostConfig/CpusetCpus",
                       "CPUs in which to allow execution (0-3, 0,1)", R"("")",
                       read_processors}),
    shared_with_build({"--cpuset-mems", 0, text, "/HostConfig/CpusetMems",
                       "NUMA memory nodes to use (0-3, 0,1)", R"("")",
                       read_memory_nodes}),
    {"--blkio-weight", 0, number, "/HostConfig/BlkioWeight",
     "block I/O (relative weight), between 10 and 1000", "0", read_io_weight},
    {"--pids-limit", 0, text, "/HostConfig/PidsLimit",
     "limit the number of PIDs (default 2048; -1: unlimited)", "null", read_pids,
     put_pids},
    {"--restart", 0, text, "/HostConfig/RestartPolicy",
     "restart policy: no, always, unless-stopped, on-failure[:N]",
     R"({"Name": "no", "MaximumRetryCount": 0})", read_restart, put_restart},
    {"--cpu-rt-period", 0, unsupported},
    {"--cpu-rt-runtime", 0, unsupported},
    {"--kernel-memory", 0, unsupported}};

void finish_limits(const json& request, container_spec& to) {
  auto& limits = to.limits;
  if (limits.memory_bytes &&
      limits.memory_reservation_bytes.value_or(0) > *limits.memory_bytes)
    throw base::field_error("HostConfig.MemoryReservation",
                            ": must not be more than HostConfig.Memory");
  if (const auto swap = limits.memory_swap_bytes; swap && swap != cgroup::unlimited)
    cgroup::check_swap(limits, cgroup::size_text(*swap));
  limits.cpu_quota_us = quota_of(object(request, "HostConfig"));
  limits.pids_where_possible = !limits.pids;
  if (!limits.pids) limits.pids = default_pids;
  if (to.remove && to.restart.type != restart_policy::kind::no)
    throw base::field_error("HostConfig.RestartPolicy",
                            "can't be combined with HostConfig.AutoRemove");
}

// Puts "/dev/NAME:RATE" into the request. The rate is in bytes or operations per second.
void put_rate(std::string_view flag, const std::string& text, json& target) {
  const auto colon = text.rfind(':');
  const std::string path = text.substr(0, colon);
  if (colon == std::string::npos || !path.starts_with("/dev/") || !sys::exists(path))
    throw usage_error(fmt::format("{} {}: expected /dev/NAME:RATE of an existing device",
                                  flag, sys::quote(text)));
  const std::string rate_text = text.substr(colon + 1);
  const auto rate = flag.ends_with("bps") ? cgroup::parse_size(flag, rate_text, 1)
                                          : cgroup::parse_count(flag, rate_text);
  if (rate == cgroup::unlimited)
    throw usage_error(fmt::format("{} {}: the rate must be a number", flag, text));
  target.push_back({{"Path", path}, {"Rate", rate}});
}

template <cgroup::io_limit::kind type>
void read_rates(const json& values, container_spec& to) {
  for (const auto& entry : values)
    to.limits.io.push_back({value<std::string>(entry, "Path", ""), type,
                            value<std::uint64_t>(entry, "Rate", cgroup::unlimited)});
}

void put_score(std::string_view flag, const std::string& text, json& target) {
  target = parse_whole_number(flag, text, -1'000'000);
}

void read_score(const json& value, container_spec& to) {
  const int score = value;
  if (score < -1000 || score > 1000)
    throw base::field_error("HostConfig.OomScoreAdj",
                            fmt::format("{}: must be -1000 to 1000", score));
  to.init_process.oom_score_adj = score;
}

using io = cgroup::io_limit::kind;

constexpr field fixed_limits[]{
    {"--device-read-bps", 0, list, "/HostConfig/BlkioDeviceReadBps",
     "limit bytes read per second: /dev/NAME:1mb", "null", read_rates<io::read_bytes>,
     put_rate},
    {"--device-write-bps", 0, list, "/HostConfig/BlkioDeviceWriteBps",
     "limit bytes written per second: /dev/NAME:1mb", "null",
     read_rates<io::written_bytes>, put_rate},
    {"--device-read-iops", 0, list, "/HostConfig/BlkioDeviceReadIOps",
     "limit reads per second: /dev/NAME:100", "null", read_rates<io::reads>, put_rate},
    {"--device-write-iops", 0, list, "/HostConfig/BlkioDeviceWriteIOps",
     "limit writes per second: /dev/NAME:100", "null", read_rates<io::writes>, put_rate},
    {"--oom-score-adj", 0, text, "/HostConfig/OomScoreAdj",
     "tune the host's OOM preference (-1000 to 1000)", "0", read_score, put_score},
    {"--oom-group", 0, toggle, "/HostConfig/OomGroup",
     "kill all processes, not one, when out of memory"},
    shared_with_build({"--cgroup-parent", 0, text, "/HostConfig/CgroupParent",
                       "parent cgroup for the container", R"("")",
                       into<&container_spec::cgroup_parent>}),
    {"--oom-kill-disable", 0, unsupported, "/HostConfig/OomKillDisable",
     "disable OOM Killer", "false"},
    {"--blkio-weight-device", 0, unsupported},
    {"--cpu-count", 0, unsupported},
    {"--cpu-percent", 0, unsupported},
    {"--io-maxbandwidth", 0, unsupported},
    {"--io-maxiops", 0, unsupported},
    {"--memory-swappiness", 0, unsupported}};

void finish_fixed_limits(const json& request, container_spec& to) {
  to.limits.oom_kills_all = value(object(request, "HostConfig"), "OomGroup", false);
  if (to.limits.oom_kills_all && !to.limits.memory_bytes)
    throw base::field_error("HostConfig.OomGroup", "requires HostConfig.Memory");
}

}  // namespace

constinit const subject updatable_subject{updatable, finish_limits};
constinit const subject fixed_limits_subject{fixed_limits, finish_fixed_limits};

void require_of_machine(const json& request) {
  const json host = object(request, "HostConfig");
  if (const auto list = value<std::string>(host, "CpusetCpus", ""); !list.empty())
    cgroup::parse_processors("HostConfig.CpusetCpus", list, cgroup::processors());
  if (const auto list = value<std::string>(host, "CpusetMems", ""); !list.empty())
    require_memory_nodes(list);
  if (value(host, "OomGroup", false) && cgroup::hierarchies().front().version == 1)
    throw base::field_error("HostConfig.OomGroup", "requires cgroup version 2");
}

}  // namespace zoomin::container
