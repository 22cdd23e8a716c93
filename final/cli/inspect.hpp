// SPDX-License-Identifier: MIT
// inspect: the JSON of several things, whatever they are.
#pragma once

#include <functional>
#include <string>

#include "cli/flags.hpp"

namespace zoomin::cli {

// Prints what `one` gives (JSON text) for each name, by --format where there is one.
int inspect_each(const flags& given, const std::string& command,
                 const std::function<std::string(const std::string& name)>& one);

// Whether a search, which throws usage_error where nothing is called so, finds one.
bool finds(const std::function<void()>& search);

// The opposite, and says so to the user.
bool says_missing(const std::function<void()>& search);

// Of one, JSON text. Throw usage_error where there is none of that name.
void find_network(const std::string& name);
std::string network_text(const std::string& name);
std::string volume_text(const std::string& name);

}  // namespace zoomin::cli
