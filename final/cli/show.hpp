// SPDX-License-Identifier: MIT
// show: what the commands share that list objects, inspect them or remove them.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "cli/flags.hpp"
#include "docker/columns.hpp"
#include "engine.hpp"

namespace zoomin::cli {

// Shows the warnings of the engine, as complain() does, and returns its answer.
void show(const warnings& warnings);
template <typename Value>
Value shown(reply<Value> reply) {
  show(reply.warnings);
  return std::move(reply.value);
}

// The flags of a command that lists objects: --filter, --format, --no-trunc, --quiet, and
// those in `more`.
std::vector<flag> list_flags(const std::vector<flag>& more = {});

// Prints a list in --format; else the column `id` if --quiet is on, else a table of the
// columns `usual`.
void print_list(const flags& options, const docker::listing& list,
                const std::vector<std::string>& usual, const std::string& id = "ID");

// Prints the JSON text that `inspect` returns for each name, in --format if it is set.
// Returns the exit status.
int inspect_each(const flags& options,
                 const std::function<std::string(const std::string& name)>& inspect);

// Returns false if the search throws usage_error with the kind not_found, else true. Any
// other failure, such as an ambiguous id, is passed on.
bool finds(const std::function<void()>& search);

// Runs a removal. With --force a missing object is reported, but is no failure, and the
// result is false; any other error, such as an ambiguous id, is passed on.
bool forgive_missing(bool forced, const std::function<void()>& removal);

// Warns of each network whose firewall rules another program removed. Does nothing
// without permission to read the kernel's tables.
void warn_of_lost_rules(engine& engine);

}  // namespace zoomin::cli
