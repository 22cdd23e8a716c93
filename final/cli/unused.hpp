// SPDX-License-Identifier: MIT
// unused: what no container has, as several commands ask for it.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "cli/command.hpp"

namespace zoomin::cli {

// Ids of the images that containers have.
std::set<std::string> used_images();

struct removed {
  arguments names;
  std::uint64_t bytes = 0;  // that they took
  int status = 0;           // 1 where one could have been removed, and couldn't
};

// Remove those that no container has.
removed remove_unused_networks();
// `named`: also those to which a user gave a name.
removed remove_unused_volumes(bool named);

// Names a line each under a heading, and a line that is empty; nothing where none is.
void tell(const std::string& heading, const removed& gone);
void tell_space(std::uint64_t bytes);

}  // namespace zoomin::cli
