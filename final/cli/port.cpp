// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/flags.hpp"
#include "common/error.hpp"
#include "container/monitor/monitor.hpp"
#include "container/store.hpp"

namespace zoomin::cli {

namespace {

// "80", "80/tcp": which of its ports.
bool is_meant(const net::published_port& one, const std::string& wanted) {
  const auto with = [&](const char* protocol) {
    return fmt::format("{}/{}", one.container_port, protocol);
  };
  return wanted == with(one.protocol_text()) ||
         (wanted + "/tcp" == with("tcp") && one.over == net::protocol::tcp);
}

int port(const arguments& words) {
  const flags given("port", {}, words);
  const auto& rest = given.rest(1, 2);
  const auto now = container::mended(container::find(rest[0]));
  std::string all;
  for (const auto& one : now.ports) {
    const auto host =
        fmt::format("{}:{}\n", one.host ? one.host->text() : "0.0.0.0", one.host_port);
    if (rest.size() == 1)
      all += fmt::format("{}/{} -> {}", one.container_port, one.protocol_text(), host);
    else if (is_meant(one, rest[1]))
      all += host;
  }
  for (const auto& one : now.relayed)
    if (rest.size() == 1)
      all += fmt::format("{}/tcp -> {}\n", one.container_port, one.outer());
    else if (rest[1] == std::to_string(one.container_port) ||
             rest[1] == fmt::format("{}/tcp", one.container_port))
      all += one.outer() + "\n";
  if (all.empty() && rest.size() > 1)
    throw usage_error(fmt::format("{}: its port {} isn't published", rest[0], rest[1]));
  print(all);
  return 0;
}

const command port_command({"port", "container port"},
                           {"list a container's published ports",
                            "CONTAINER [PRIVATE_PORT[/PROTO]]", "zoomin port web",
                            "zoomin port web 80/tcp"},
                           port);

}  // namespace

}  // namespace zoomin::cli
