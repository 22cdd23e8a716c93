// SPDX-License-Identifier: MIT
// credentials: user names and passwords for registries. They are in the config.json and
// the credential helpers of docker's command line, so that zoomin and docker share their
// logins.
//
// The file is $DOCKER_CONFIG/config.json or ~/.docker/config.json. Its members are
// "auths" {HOST: {"auth": base64 of NAME:PASSWORD, or "identitytoken"}}; "credHelpers"
// {HOST: HELPER}; and "credsStore": HELPER, for all hosts. A helper is the program
// docker-credential-HELPER.
#pragma once

#include <optional>
#include <string>

namespace zoomin::registry {

struct credentials {
  std::string user, password;
  std::string identity_token{};  // replaces both
};

// Returns the host under which a login is stored: docker.io has a historical name.
std::string login_name(const std::string& host);

// Finds the credentials for a registry. Returns nothing if there are none. Throws
// usage_error if the file is malformed or a helper fails.
std::optional<credentials> find_credentials(const std::string& host);

// Stores credentials. Returns the path of the file if it contains them unencrypted, or ""
// if a helper has them.
std::string store_credentials(const std::string& host, const credentials& secret);

// Removes the credentials of a registry. Returns false if there were none.
bool erase_credentials(const std::string& host);

}  // namespace zoomin::registry
