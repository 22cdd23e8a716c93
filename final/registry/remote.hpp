// SPDX-License-Identifier: MIT
// remote: finds the registry to which an image's name refers, and how to reach it.
#pragma once

#include <string>
#include <vector>

#include "registry/http.hpp"

namespace zoomin::registry {

// Holds the name of an image in a registry: "web" is library/web at docker.io.
struct remote_name {
  std::string host;        // "docker.io", "localhost:5000"
  std::string repository;  // "library/web"
  std::string tag;         // empty if there is a digest
  std::string digest;      // "sha256:…", or empty
  // Returns the tag or the digest.
  [[nodiscard]] const std::string& reference() const {
    return digest.empty() ? tag : digest;
  }
};

// Parses NAME[:TAG] or NAME@DIGEST. Throws usage_error.
remote_name parse_remote(const std::string& text);

// Returns the repository as the store writes it: "web", "localhost:5000/web".
std::string short_name(const remote_name& name);

// Describes how to reach a registry or a mirror.
struct endpoint {
  std::string host;  // for its certificates and its login
  std::string url;   // "https://registry-1.docker.io"
  tls_settings tls;
  bool may_be_plain = false;  // may speak plain http
};

// Returns the endpoints of a registry, the best first: for docker.io its mirrors, and
// then the registry itself. Mirrors are listed in "registry-mirrors" of
// /etc/docker/daemon.json. Certificates are in the directories /etc/docker/certs.d/HOST
// and /etc/containers/certs.d/HOST: *.crt, *.cert, *.key. Throws usage_error.
std::vector<endpoint> endpoints_of(const std::string& host, bool verify_tls);

}  // namespace zoomin::registry
