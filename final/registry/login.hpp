// SPDX-License-Identifier: MIT
// login: checks a name and password at a registry.
#pragma once

#include <atomic>
#include <string>

#include "registry/credentials.hpp"

namespace zoomin::registry {

// Returns a server's host as credentials are stored for it: "https://localhost:5000/v2/"
// is localhost:5000; nothing, and all names of Docker Hub, are docker.io.
std::string server_host(const std::string& server);

// Throws usage_error if the registry refuses them.
void verify_login(const std::string& host, const credentials& secret, bool verify_tls,
                  const std::atomic<bool>& cancelled);

}  // namespace zoomin::registry
