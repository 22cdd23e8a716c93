// SPDX-License-Identifier: MIT
// dispatch: finds the command that a command line names, runs it, and turns its failures
// into messages and exit statuses.
#pragma once

#include "cli/errors.hpp"

namespace zoomin {
class engine;
}

namespace zoomin::cli {

// Runs the command that the first word or two name. Catches all exceptions. Returns the
// exit status: 126 if a container's command can't be run, 127 if it isn't found, 125 if
// `run`, `create` or `exec` failed otherwise, else 1.
int run_command(engine& engine, const arguments& words);

}  // namespace zoomin::cli
