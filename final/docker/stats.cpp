// SPDX-License-Identifier: MIT
#include "docker/stats.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <exception>

#include "container/store.hpp"
#include "docker/units.hpp"

namespace zoomin::docker {

namespace {

// Holds the data of a row, zeros for a container that doesn't run.
struct stats_row {
  std::string id, name;
  double cpu_percent = 0, memory_percent = 0;
  std::uint64_t memory = 0, memory_limit = 0;
  std::uint64_t received = 0, sent = 0;
  std::optional<std::uint64_t> read = 0, written = 0;
  std::uint64_t processes = 0;
};

std::string percent_text(double percent) { return fmt::format("{:.2f}%", percent); }

std::string pair_text(const std::string& first, const std::string& second) {
  return fmt::format("{} / {}", first, second);
}

std::string memory_text(const stats_row& row) {
  return pair_text(binary_size_text(row.memory), binary_size_text(row.memory_limit));
}

std::string network_text(const stats_row& row) {
  return pair_text(size_text(row.received), size_text(row.sent));
}

std::string disk_text(const stats_row& row) {
  return row.read ? pair_text(size_text(*row.read), size_text(*row.written)) : "-- / --";
}

constexpr column<stats_row> stats_columns[]{
    {"ID", "CONTAINER ID", [](auto& r) { return r.id; }},
    {"Container", "CONTAINER", [](auto& r) { return r.id; }},
    {"Name", "NAME", [](auto& r) { return r.name; }},
    {"CPUPerc", "CPU %", [](auto& r) { return percent_text(r.cpu_percent); }},
    {"MemUsage", "MEM USAGE / LIMIT", [](auto& r) { return memory_text(r); }},
    {"MemPerc", "MEM %", [](auto& r) { return percent_text(r.memory_percent); }},
    {"NetIO", "NET I/O", [](auto& r) { return network_text(r); }},
    {"BlockIO", "BLOCK I/O", [](auto& r) { return disk_text(r); }},
    {"PIDs", "PIDS", [](auto& r) { return std::to_string(r.processes); }}};

// Returns the memory that a container can use: its limit, or the memory of the machine.
std::uint64_t memory_limit(const container::stats& used) {
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  return std::min(used.group.memory_limit_bytes,
                  pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

stats_row row_of(const std::string& id, const usage_reading& before,
                 const usage_reading& now) {
  const auto& group = now.used.group;
  stats_row row{id, container::read_state(id).name};
  row.cpu_percent = cpu_percent(before, now);
  row.memory = group.needed_memory_bytes();
  row.memory_limit = memory_limit(now.used);
  row.memory_percent =
      100 * static_cast<double>(row.memory) / static_cast<double>(row.memory_limit);
  row.received = now.used.received_bytes;
  row.sent = now.used.sent_bytes;
  row.read = now.used.io.read_bytes;
  row.written = now.used.io.written_bytes;
  row.processes = group.pids;
  return row;
}

}  // namespace

double cpu_percent(const usage_reading& before, const usage_reading& now) {
  const std::chrono::duration<double, std::micro> passed = now.at - before.at;
  const auto first = before.used.group.cpu_time_us, last = now.used.group.cpu_time_us;
  return last < first ? 0 : 100 * static_cast<double>(last - first) / passed.count();
}

usage_readings read_usage(const std::vector<std::string>& ids) {
  usage_readings result;
  for (const auto& id : ids) {
    try {
      result.emplace(
          id, usage_reading{std::chrono::steady_clock::now(), container::stats_of(id)});
    } catch (const std::exception&) {
      // The container isn't running.
    }
  }
  return result;
}

listing usage_listing(const usage_readings& before, const usage_readings& now,
                      const std::vector<std::string>& idle, bool no_trunc) {
  std::vector<stats_row> rows;
  for (const auto& [id, reading] : now)
    if (before.contains(id)) rows.push_back(row_of(id, before.at(id), reading));
  for (const auto& id : idle)
    if (!now.contains(id)) rows.push_back({id, container::read_state(id).name});
  for (auto& row : rows) row.id = id_text(row.id, no_trunc);
  return listing_of(stats_columns, rows);
}

}  // namespace zoomin::docker
