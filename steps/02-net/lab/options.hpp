// SPDX-License-Identifier: MIT
// options: the network options of a step program. Step 2 adds them, and the later steps
// keep them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "02-net/net.hpp"
#include "common/lab/program.hpp"

namespace zoomin::net {

// The parsed options.
struct network_options {
  network definition;
  std::optional<address> ip;
  std::vector<published_port> ports;
  bool keep_bridge = false;
};

// The options as the user has typed them.
struct options {
  std::optional<std::string> ip, subnet;
  std::vector<std::string> publish;
  bool keep_bridge = false;

  [[nodiscard]] network_options parsed() const;  // throws usage_error
};

void add_options(zoomin::options& to, options& options);

}  // namespace zoomin::net
