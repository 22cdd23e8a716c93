// SPDX-License-Identifier: MIT
// monitor: the commands with which zoomin executes itself; no help shows them.
#include "container/monitor/monitor.hpp"

#include "cli/command.hpp"
#include "container/monitor/exec.hpp"

namespace zoomin::cli {

namespace {

const command monitor_command({"__monitor"}, {}, [](const arguments& words) -> int {
  container::run_monitor(words);
});

const command exec_command({"__exec"}, {}, [](const arguments& words) -> int {
  container::run_exec(words);
});

}  // namespace

}  // namespace zoomin::cli
