// SPDX-License-Identifier: MIT
// inspect: helpers of the inspect commands, and of rm.
#pragma once

#include <functional>
#include <string>

#include "cli/flags.hpp"

namespace zoomin::cli {

// Prints the JSON text that `inspect` returns for each name, in --format if it is set.
// Returns the exit status.
int inspect_each(const flags& options,
                 const std::function<std::string(const std::string& name)>& inspect);

// Returns false if the search throws usage_error with the kind not_found, else true. Any
// other failure, such as an ambiguous id, is passed on.
bool finds(const std::function<void()>& search);

// Runs a removal. With --force a missing object is reported, but is no failure; any other
// error, such as an ambiguous id, is passed on.
void forgive_missing(bool forced, const std::function<void()>& removal);

// Each throws usage_error if there is no such network or volume; the latter two return
// its details as JSON text.
void find_network(const std::string& name);
std::string network_text(const std::string& name);
std::string volume_text(const std::string& name);

}  // namespace zoomin::cli
