// SPDX-License-Identifier: MIT
// names: what --skip can leave out of a step program, found by running it.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace zoomin::test {

// The options with which each step program is run so that between them the runs make each
// of its requests: none, and what its self-check uses. Files they name are made in
// `directory`.
std::vector<std::vector<std::string>> option_lists(int step,
                                                   const std::string& directory);

// The names of all requests that these runs narrate, and "clone3.net" and the like for
// each namespace that clone3 was asked for. Throws where a run fails.
std::set<std::string> narrated_names(int step);

// All names the program knows.
std::set<std::string> known_names(int step);

}  // namespace zoomin::test
