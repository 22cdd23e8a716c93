// SPDX-License-Identifier: MIT
// help: what --help of a command, of a group ("network") and of zoomin itself print, in
// docker's layout, from the list of commands and their tables of flags; and the usage
// line for a command line that is wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/flags.hpp"

namespace zoomin::cli {

// The name of a command that is typed most: "rmi" for "image rm".
std::string usual_name(const std::string& command);

// "zoomin rm [OPTIONS] CONTAINER [CONTAINER...]". `command`: any of its names.
std::string usage_of(const std::string& command, bool has_flags);

// Usage, sentence, aliases, options and examples.
std::string help_for_command(const std::string& command, const std::vector<flag>& known);

// The commands whose names begin with `group` and a blank.
std::string help_for_group(const std::string& group);

// All commands, sorted into docker's groups.
std::string help_for_all();

// True for "network": there are commands such as "network ls".
bool is_group(const std::string& word);

}  // namespace zoomin::cli
