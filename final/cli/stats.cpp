// SPDX-License-Identifier: MIT
// stats: shows the resource usage of containers, every second.
#include <poll.h>
#include <unistd.h>

#include <utility>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/show.hpp"
#include "docker/stats.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

std::vector<std::string> selected_ids(engine& engine, const flags& options) {
  if (options.rest().empty()) return engine.container_ids();
  std::vector<std::string> ids;
  for (const auto& name : options.rest()) ids.push_back(engine.find_container(name));
  return ids;
}

// Each table replaces the one before, as with docker.
constexpr const char* clear_screen = "\033[2J\033[H";

int stats(engine& engine, const arguments& words) {
  using enum kind;
  const flags options(
      "stats",
      {{"--all", 'a', toggle, "show all containers (default shows just running)"},
       {"--no-stream", 0, toggle, "print one result and exit"},
       no_trunc_flag,
       format_flag},
      words);
  const bool streams = !options.on("--no-stream");
  const bool shows_idle = options.on("--all") || !options.rest().empty();
  auto before = docker::read_usage(selected_ids(engine, options));
  while (true) {
    ::poll(nullptr, 0, 1000);  // usage is measured over a second
    const auto ids = selected_ids(engine, options);
    auto now = docker::read_usage(ids);
    if (streams && ::isatty(STDOUT_FILENO) == 1) print(clear_screen);
    print_list(
        options,
        docker::usage_listing(before, now, shows_idle ? ids : arguments(),
                              options.on("--no-trunc")),
        {"ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"});
    if (!streams) return 0;
    before = std::move(now);
  }
}

const command stats_command({"stats", "container stats"},
                            {"show a live stream of resource usage statistics",
                             "[CONTAINER...]", "zoomin stats",
                             "zoomin stats --no-stream web db"},
                            stats);

}  // namespace

}  // namespace zoomin::cli
