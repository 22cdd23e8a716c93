// SPDX-License-Identifier: MIT
// remote: which registry an image's name refers to, and how to reach it.
#pragma once

#include <string>
#include <vector>

#include "registry/http.hpp"

namespace zoomin::registry {

// Holds an image's name as a registry has it: "web" is library/web at docker.io.
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

// Returns the name's repository as the store writes it: "web", "localhost:5000/web".
std::string short_name(const remote_name& name);

// Says how to reach a registry or its mirror.
struct endpoint {
  std::string host;  // by which it is trusted and logged in to
  std::string url;   // "https://registry-1.docker.io"
  tls_settings tls;
  bool may_be_plain = false;  // it may speak http
};

// Returns the ways to reach a registry, the best first: the mirrors of docker.io, and
// then the registry itself. Mirrors are listed in "registry-mirrors" of
// /etc/docker/daemon.json. Authorities and certificates are taken from the directories
// /etc/docker/certs.d/HOST and /etc/containers/certs.d/HOST: *.crt, *.cert, *.key.
// Throws usage_error.
std::vector<endpoint> endpoints_of(const std::string& host, bool verify_tls);

}  // namespace zoomin::registry
