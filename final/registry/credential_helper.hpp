// SPDX-License-Identifier: MIT
// credential_helper: runs docker-credential-NAME, which keeps passwords in a store of the
// system. It reads a value from its standard input and answers with JSON:
// github.com/docker/docker-credential-helpers.
#pragma once

#include <optional>
#include <string>

#include "registry/credentials.hpp"

namespace zoomin::registry {

// Returns the helper's credentials for `server`, or nothing if it has none. All three
// functions throw usage_error if the helper can't be run or fails.
std::optional<credentials> get_from_helper(const std::string& helper,
                                           const std::string& server);
void store_in_helper(const std::string& helper, const std::string& server,
                     const credentials& secret);
void erase_in_helper(const std::string& helper, const std::string& server);

}  // namespace zoomin::registry
