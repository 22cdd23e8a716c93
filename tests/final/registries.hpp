// SPDX-License-Identifier: MIT
// registries: real and misbehaving registries for tests, on the loopback interface.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/support.hpp"

namespace zoomin::test {

// Runs docker-registry at 127.0.0.1:PORT until it is destroyed. Skips the test if it
// isn't installed.
class real_registry {
 public:
  struct settings {
    int port = 5000;
    bool login = false;  // as "me" with the password "secret"
    bool tls = false;    // for localhost, by the authority whose certificate is at ca()
  };
  real_registry() : real_registry(settings()) {}
  explicit real_registry(const settings& how);
  [[nodiscard]] std::string ca() const { return files_ / "ca.crt"; }

 private:
  void make_certificate() const;
  [[nodiscard]] std::string config(const settings& how) const;

  scratch files_;
  std::unique_ptr<subprocess> server_;
};

// Runs bad_registry.py at port 5001 of all addresses until it is destroyed.
class bad_registry {
 public:
  bad_registry();
  // Returns the requests so far, each as a line METHOD HOST/PATH RANGE CREDENTIALS.
  [[nodiscard]] std::string log() const;
  // Counts the requests that contain a text.
  [[nodiscard]] int count(const std::string& part) const;

 private:
  scratch files_;
  std::unique_ptr<subprocess> server_;
};

}  // namespace zoomin::test
