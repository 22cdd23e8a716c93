// SPDX-License-Identifier: MIT
// show: what the commands that list, inspect or remove objects share.
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

// Prints the warnings of the engine by complain().
void print_warnings(const warnings& warnings);
// Prints the warnings of a reply and returns its value.
template <typename Value>
Value unwrap(reply<Value> reply) {
  print_warnings(reply.warnings);
  return std::move(reply.value);
}

// Returns the flags of a command that lists objects: --filter, --format, --no-trunc,
// --quiet, and the flags in `more`.
std::vector<flag> list_flags(const std::vector<flag>& more = {});

// Prints the column `id` if --quiet is on, else the list in --format, by default a table
// of the columns `usual`.
void print_list(const flags& options, const docker::listing& list,
                const std::vector<std::string>& usual, const std::string& id = "ID");

// Prints the JSON text that `inspect` returns for each name, in --format if it is set.
// Returns the exit status.
int inspect_each(const flags& options,
                 const std::function<std::string(const std::string& name)>& inspect);

// Returns false if `search` throws usage_error with the kind not_found, else true. Passes
// on any other exception, such as that for an ambiguous id.
bool exists(const std::function<void()>& search);

// Calls `removal`. If `forced` and the object is missing, reports that and returns false.
// Passes on any other exception, such as that for an ambiguous id.
bool forgive_missing(bool forced, const std::function<void()>& removal);

// Warns of each network whose firewall rules another program has removed. Does nothing
// without permission to read the kernel's tables.
void warn_of_lost_rules(engine& engine);

}  // namespace zoomin::cli
