// SPDX-License-Identifier: MIT
// stats: shows the resource usage of containers, every second.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <map>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "cli/text/template.hpp"
#include "common/sys.hpp"
#include "container/stats.hpp"
#include "container/store.hpp"
#include "docker/units.hpp"

namespace zoomin::cli {

namespace {

using clock = std::chrono::steady_clock;

const json headings{
    {"ID", "CONTAINER ID"}, {"Container", "CONTAINER"},        {"Name", "NAME"},
    {"CPUPerc", "CPU %"},   {"MemUsage", "MEM USAGE / LIMIT"}, {"MemPerc", "MEM %"},
    {"NetIO", "NET I/O"},   {"BlockIO", "BLOCK I/O"},          {"PIDs", "PIDS"}};
constexpr const char* default_columns =
    "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t"
    "{{.BlockIO}}\t{{.PIDs}}";

struct reading {
  clock::time_point at;
  container::stats used;
};

// Reads the usage of the containers that run.
std::map<std::string, reading> read_all(const std::vector<std::string>& ids) {
  std::map<std::string, reading> result;
  for (const auto& id : ids) {
    try {
      result.emplace(id, reading{clock::now(), container::stats_of(id)});
    } catch (const std::exception&) {
      // The container has ended, or isn't running.
    }
  }
  return result;
}

// Returns the most that a group can use: its limit, or the memory of the machine.
std::uint64_t most_memory(const container::stats& used) {
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  return std::min(used.group.memory_limit_bytes,
                  pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

// Returns the CPU time used, where 100 % is one processor used all the time.
double processor_percent(const reading& before, const reading& now) {
  const std::chrono::duration<double, std::micro> passed = now.at - before.at;
  return 100 *
         static_cast<double>(now.used.group.cpu_time_us - before.used.group.cpu_time_us) /
         passed.count();
}

json fields_of(const std::string& id, const reading& before, const reading& now,
               bool whole) {
  const auto& group = now.used.group;
  const auto most = most_memory(now.used);
  const auto needed = group.needed_memory_bytes();
  return {
      {"ID", whole ? id : short_id(id)},
      {"Container", whole ? id : short_id(id)},
      {"Name", container::read_state(id).name},
      {"CPUPerc", fmt::format("{:.2f}%", processor_percent(before, now))},
      {"MemUsage",
       fmt::format("{} / {}", binary_size_text(needed), binary_size_text(most))},
      {"MemPerc", fmt::format("{:.2f}%", 100 * static_cast<double>(needed) /
                                             static_cast<double>(most))},
      {"NetIO", fmt::format("{} / {}", size_text(now.used.received_bytes),
                            size_text(now.used.sent_bytes))},
      {"BlockIO", group.read_bytes ? fmt::format("{} / {}", size_text(*group.read_bytes),
                                                 size_text(*group.written_bytes))
                                   : "-- / --"},
      {"PIDs", fmt::format("{}", group.pids)}};
}

json idle_fields(const std::string& id, bool whole) {
  return {{"ID", whole ? id : short_id(id)},
          {"Container", whole ? id : short_id(id)},
          {"Name", container::read_state(id).name},
          {"CPUPerc", "0.00%"},
          {"MemUsage", "0B / 0B"},
          {"MemPerc", "0.00%"},
          {"NetIO", "0B / 0B"},
          {"BlockIO", "0B / 0B"},
          {"PIDs", "0"}};
}

std::vector<std::string> meant(const flags& options) {
  if (options.rest().empty()) return container::ids();
  std::vector<std::string> ids;
  for (const auto& name : options.rest()) ids.push_back(container::find(name));
  return ids;
}

// Prints one round. On a terminal it replaces the one before, as with docker.
void show(const std::string& text, bool again) {
  const bool clears = again && ::isatty(STDOUT_FILENO) == 1;
  print(clears ? "\033[2J\033[H" + text : text);
}

int stats(const arguments& words) {
  using enum kind;
  const flags options(
      "stats",
      {{"--all", 'a', toggle, "", "show all containers (default shows just running)"},
       {"--no-stream", 0, toggle, "", "print one result and exit"},
       no_trunc_flag,
       format_flag},
      words);
  const bool streams = !options.on("--no-stream");
  auto before = read_all(meant(options));
  while (true) {
    ::poll(nullptr, 0, 1000);  // usage is measured over a second
    const auto now = read_all(meant(options));
    std::vector<json> rows;
    for (const auto& [id, reading] : now)
      if (before.contains(id))
        rows.push_back(fields_of(id, before.at(id), reading, options.on("--no-trunc")));
    if (options.on("--all") || !options.rest().empty())
      for (const auto& id : meant(options))
        if (!now.contains(id)) rows.push_back(idle_fields(id, options.on("--no-trunc")));
    show(listed(rows, headings, options.text("--format"), default_columns), streams);
    if (!streams) return 0;
    before = now;
  }
}

const command stats_command({"stats", "container stats"},
                            {"show a live stream of resource usage statistics",
                             "[CONTAINER...]", "zoomin stats",
                             "zoomin stats --no-stream web db"},
                            stats);

}  // namespace

}  // namespace zoomin::cli
