// SPDX-License-Identifier: MIT
// help: what --help of a command, of a group ("network") and of zoomin itself print, in
// docker's layout, from the list of commands and their tables of flags; and the usage
// line for an invalid command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/flag.hpp"

namespace zoomin::cli {

// Returns the most common name of a command: "rmi" for "image rm".
std::string usual_name(const std::string& command);

// Returns "zoomin rm [OPTIONS] CONTAINER [CONTAINER...]". `command` is any of its names.
std::string usage_of(const std::string& command, bool has_flags);

// Returns the usage line, sentence, aliases, options and examples of a command.
std::string help_for_command(const std::string& command, const std::vector<flag>& known);

// Returns the list of commands whose names begin with `group` and a blank.
std::string help_for_group(const std::string& group);

// Returns the list of all commands, sorted into docker's groups.
std::string help_for_all();

// Returns true for "network", since there are commands such as "network ls".
bool is_group(const std::string& word);

}  // namespace zoomin::cli
