// SPDX-License-Identifier: MIT
// monitor: the command that `start` executes; no help shows it.
#include "container/monitor/monitor.hpp"

#include "cli/command.hpp"

namespace zoomin::cli {

namespace {

const command monitor_command({"__monitor"}, {}, [](const arguments& words) -> int {
  container::run_monitor(words);
});

}  // namespace

}  // namespace zoomin::cli
