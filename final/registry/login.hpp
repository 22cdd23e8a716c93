// SPDX-License-Identifier: MIT
// login: verifies a user name and password at a registry.
#pragma once

#include <string>

#include "base/cancellation.hpp"
#include "registry/credentials.hpp"

namespace zoomin::registry {

// Returns the host under which credentials for a server are stored: localhost:5000 for
// "https://localhost:5000/v2/", and docker.io for "" and all names of Docker Hub.
std::string server_host(const std::string& server);

// Throws usage_error if the registry refuses the credentials, base::cancelled.
void verify_login(const std::string& host, const credentials& secret, bool verify_tls,
                  const base::cancellation& stop);

}  // namespace zoomin::registry
