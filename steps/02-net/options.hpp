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
struct wishes {
  network on;
  std::optional<address> ip;
  std::vector<published_port> ports;
};

// As typed.
struct options {
  std::optional<std::string> ip, subnet;
  std::vector<std::string> publish;
  bool keep_bridge = false;

  // Throws usage_error.
  [[nodiscard]] wishes wanted() const {
    wishes all;
    if (subnet) all.on.pool = parse_subnet(*subnet);
    if (ip) all.ip = parse_container_address(*ip, all.on.pool);
    for (const auto& one : publish) all.ports.push_back(parse_published_port(one));
    return all;
  }
};

inline void add_options(zoomin::options& to, options& into) {
  to.value("--ip", into.ip, "the container's address (a free one)");
  to.value("--subnet", into.subnet, "the bridge's network (10.79.0.0/16)");
  to.list("--publish,-p", into.publish,
          "[HOST_IP:]PORT:PORT[/udp] of the host, and inside");
  to.toggle("--keep-bridge", into.keep_bridge, "leave the bridge behind");
}

}  // namespace zoomin::net
