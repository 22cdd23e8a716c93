// SPDX-License-Identifier: MIT
#include "02-net/lab/options.hpp"

namespace zoomin::net {

network_options options::wanted() const {
  network_options result;
  if (subnet) result.on.pool = parse_subnet(*subnet);
  if (ip) result.ip = parse_container_address(*ip, result.on.pool);
  for (const auto& one : publish) result.ports.push_back(parse_published_port(one));
  return result;
}

void add_options(zoomin::options& to, options& into) {
  to.value("--ip", into.ip, "the container's address (a free one)");
  to.value("--subnet", into.subnet, "the bridge's network (10.79.0.0/16)");
  to.list("--publish,-p", into.publish,
          "[HOST_IP:]PORT:PORT[/udp] of the host, and inside");
  to.toggle("--keep-bridge", into.keep_bridge, "leave the bridge behind");
}

}  // namespace zoomin::net
