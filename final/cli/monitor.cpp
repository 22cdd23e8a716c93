// SPDX-License-Identifier: MIT
// monitor: the internal commands with which zoomin executes itself. Help doesn't list
// them.
#include "cli/command.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

const command monitor_command({"__monitor"}, {},
                              [](engine& engine, const arguments& words) -> int {
                                engine.run_monitor(words);
                              });

const command exec_monitor_command({"__exec"}, {},
                                   [](engine& engine, const arguments& words) -> int {
                                     engine.run_exec(words);
                                   });

}  // namespace

}  // namespace zoomin::cli
