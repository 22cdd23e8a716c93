// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "common/error.hpp"
#include "container/reconcile.hpp"
#include "container/store.hpp"

namespace zoomin::cli {

namespace {

// Returns true if `wanted`, such as "80" or "80/tcp", is this container port.
bool is_port(const net::published_port& port, const std::string& wanted) {
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
  std::string text;
  for (const auto& published : now.ports) {
    const auto host =
        fmt::format("{}:{}\n", published.host ? published.host->text() : "0.0.0.0",
                    published.host_port);
    if (rest.size() == 1)
      text += fmt::format("{}/{} -> {}", published.container_port,
                          published.protocol_text(), host);
    else if (is_port(published, rest[1]))
      text += host;
  }
  for (const auto& published : now.proxied_ports)
    if (rest.size() == 1)
      text += fmt::format("{}/tcp -> {}\n", published.container_port, published.outer());
    else if (rest[1] == std::to_string(published.container_port) ||
             rest[1] == fmt::format("{}/tcp", published.container_port))
      text += published.outer() + "\n";
  if (text.empty() && rest.size() > 1)
    throw usage_error(
        fmt::format("No public port '{}' published for {}", rest[1], rest[0]));
  print(text);
  return 0;
}

const command port_command({"port", "container port"},
                           {"list a container's published ports",
                            "CONTAINER [PRIVATE_PORT[/PROTO]]", "zoomin port web",
                            "zoomin port web 80/tcp"},
                           port);

}  // namespace

}  // namespace zoomin::cli
