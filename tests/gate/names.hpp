// SPDX-License-Identifier: MIT
// names: the names that --skip accepts, found by running a step program.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace zoomin::test {

// Returns options for several runs of a step program that together make all its requests:
// none, and those of its self-check. Files that they name are made in `directory`.
std::vector<std::vector<std::string>> option_lists(int step,
                                                   const std::string& directory);

// Returns the names of all requests that these runs narrate, with "clone3.net" and the
// like for each namespace of clone3. Throws if a run fails.
std::set<std::string> narrated_names(int step);

// Returns all names that the program accepts.
std::set<std::string> known_names(int step);

}  // namespace zoomin::test
