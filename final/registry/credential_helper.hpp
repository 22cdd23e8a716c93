// SPDX-License-Identifier: MIT
// credential_helper: runs docker-credential-NAME, which keeps passwords in a system's own
// store. It reads one value from its input and answers with JSON:
// github.com/docker/docker-credential-helpers.
#pragma once

#include <optional>
#include <string>

#include "registry/credentials.hpp"

namespace zoomin::registry {

// Asks the helper for the credentials of `server`; nullopt if it has none. Throws
// usage_error if it can't be run or fails.
std::optional<credentials> ask_helper(const std::string& helper,
                                      const std::string& server);
void give_to_helper(const std::string& helper, const std::string& server,
                    const credentials& secret);
void erase_in_helper(const std::string& helper, const std::string& server);

}  // namespace zoomin::registry
