// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/flags.hpp"
#include "common/error.hpp"
#include "container/reconcile.hpp"
#include "container/store.hpp"

namespace zoomin::cli {

namespace {

// "80", "80/tcp": which of its ports.
bool is_meant(const net::published_port& port, const std::string& wanted) {
  const auto with = [&](const char* protocol) {
    return fmt::format("{}/{}", port.container_port, protocol);
  };
  return wanted == with(port.protocol_text()) ||
         (wanted + "/tcp" == with("tcp") && port.over == net::protocol::tcp);
}

int port(const arguments& words) {
  const flags options("port", {}, words);
  const auto& rest = options.rest(1, 2);
  const auto now = container::reconcile(container::find(rest[0]));
  std::string result;
  for (const auto& one : now.ports) {
    const auto host =
        fmt::format("{}:{}\n", one.host ? one.host->text() : "0.0.0.0", one.host_port);
    if (rest.size() == 1)
      result += fmt::format("{}/{} -> {}", one.container_port, one.protocol_text(), host);
    else if (is_meant(one, rest[1]))
      result += host;
  }
  for (const auto& one : now.relayed)
    if (rest.size() == 1)
      result += fmt::format("{}/tcp -> {}\n", one.container_port, one.outer());
    else if (rest[1] == std::to_string(one.container_port) ||
             rest[1] == fmt::format("{}/tcp", one.container_port))
      result += one.outer() + "\n";
  if (result.empty() && rest.size() > 1)
    throw usage_error(fmt::format("{}: its port {} isn't published", rest[0], rest[1]));
  print(result);
  return 0;
}

const command port_command({"port", "container port"},
                           {"list a container's published ports",
                            "CONTAINER [PRIVATE_PORT[/PROTO]]", "zoomin port web",
                            "zoomin port web 80/tcp"},
                           port);

}  // namespace

}  // namespace zoomin::cli
