// SPDX-License-Identifier: MIT
// help: the texts of --help for a command, for a group such as "network" and for zoomin
// itself, in docker's layout, made from the list of commands and their tables of flags;
// also the usage line that is shown for an invalid command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/flag.hpp"

namespace zoomin::cli {

// Returns the first name of a command, by which it is best known: "rmi" for "image rm".
std::string usual_name(const std::string& name);

// Returns "zoomin rm [OPTIONS] CONTAINER [CONTAINER...]". `name` is any of its names.
std::string usage_of(const std::string& name, bool has_flags);

// Returns the usage line, sentence, aliases, options and examples of a command.
std::string help_for_command(const std::string& name, const std::vector<flag>& known);

// Returns the help of a group: the commands whose names begin with `group_name` and a
// blank.
std::string help_for_group(const std::string& group_name);

// Returns the help of zoomin: all commands, sorted into docker's sections.
std::string help_for_all();

// Returns true for the name of a group of commands, such as "network".
bool is_group(const std::string& word);

}  // namespace zoomin::cli
