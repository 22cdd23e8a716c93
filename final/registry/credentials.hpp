// SPDX-License-Identifier: MIT
// credentials: names and passwords for registries, in the file of docker's command line
// and in its credential helpers, so that each program finds the other's logins.
//
// The file is $DOCKER_CONFIG/config.json or ~/.docker/config.json. Its members:
// "auths" {HOST: {"auth": base64 of NAME:PASSWORD, or "identitytoken"}}; "credHelpers"
// {HOST: HELPER}; "credsStore": HELPER, for all hosts. A helper is the program
// docker-credential-HELPER.
#pragma once

#include <optional>
#include <string>

namespace zoomin::registry {

struct credentials {
  std::string user, password;
  std::string identity_token{};  // replaces both
};

// Returns the host by which the file knows a registry: docker.io has a historical name.
std::string login_name(const std::string& host);

// Finds the credentials for a registry; nullopt if there are none. Throws usage_error if
// the file is malformed or a helper fails.
std::optional<credentials> find_credentials(const std::string& host);

// Stores them. Returns the path of the file if they are in it, readable; empty if a
// helper has them.
std::string store_credentials(const std::string& host, const credentials& secret);

// Removes them. Returns false if there were none.
bool erase_credentials(const std::string& host);

}  // namespace zoomin::registry
