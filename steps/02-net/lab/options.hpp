// SPDX-License-Identifier: MIT
// options: what a step program's user can say about the network. Step 2 adds them, the
// later steps keep them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "02-net/net.hpp"
#include "common/program.hpp"

namespace zoomin::net {

// As understood.
struct network_options {
  network on;
  std::optional<address> ip;
  std::vector<published_port> ports;
};

// As typed.
struct options {
  std::optional<std::string> ip, subnet;
  std::vector<std::string> publish;
  bool keep_bridge = false;

  [[nodiscard]] network_options wanted() const;  // throws usage_error
};

void add_options(zoomin::options& to, options& into);

}  // namespace zoomin::net
