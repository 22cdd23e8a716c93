// SPDX-License-Identifier: MIT
// inspect: the JSON of several things, whatever they are.
#pragma once

#include <functional>
#include <string>

#include "cli/flags.hpp"

namespace zoomin::cli {

// Prints what `one` gives (JSON text) for each name, by --format where there is one.
int inspect_each(const flags& options,
                 const std::function<std::string(const std::string& name)>& one);

// Tells whether a search finds something: false where it throws usage_error with the kind
// not_found. Any other failure, such as an ambiguous id, is thrown on.
bool finds(const std::function<void()>& search);

// Runs a removal. With --force, an object that isn't there is told to the user and is no
// failure; any other error, such as an ambiguous id, stays one.
void forgive_missing(bool forced, const std::function<void()>& removal);

// Of one, JSON text. Throw usage_error where there is none of that name.
void find_network(const std::string& name);
std::string network_text(const std::string& name);
std::string volume_text(const std::string& name);

}  // namespace zoomin::cli
