// SPDX-License-Identifier: MIT
// unused: what no container has, as several commands ask for it.
#pragma once

#include <set>
#include <string>

#include "cli/command.hpp"

namespace zoomin::cli {

// Ids of the images that containers have.
std::set<std::string> used_images();

// Remove those that no container has; give their names.
arguments remove_unused_networks();
// `named`: also those to which a user gave a name.
arguments remove_unused_volumes(bool named);

// What was removed, a line each, under a heading; empty where nothing was.
std::string removed_text(const std::string& heading, const arguments& gone);

}  // namespace zoomin::cli
