// SPDX-License-Identifier: MIT
#include "02-net/lab/options.hpp"

namespace zoomin::net {

network_options options::parsed() const {
  network_options result;
  result.keep_bridge = keep_bridge;
  if (subnet) result.definition.pool = parse_subnet(*subnet);
  if (ip) result.ip = parse_container_address(*ip, result.definition.pool);
  for (const auto& port : publish) result.ports.push_back(parse_published_port(port));
  return result;
}

void add_options(zoomin::options& to, options& options) {
  to.value("--ip", options.ip, "the container's address (a free one)");
  to.value("--subnet", options.subnet, "the network of the bridge (10.79.0.0/16)");
  to.list("--publish,-p", options.publish,
          "publish a port: [HOST_IP:]HOST_PORT:PORT[/udp]");
  to.toggle("--keep-bridge", options.keep_bridge, "keep the bridge at the end");
}

}  // namespace zoomin::net
