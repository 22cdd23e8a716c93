// SPDX-License-Identifier: MIT
// ports: published ports, as in --publish, in a create request and in state.json.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "02-net/ports.hpp"

namespace zoomin::network {

// Describes a port of the host that leads to a port of a container. If `host_port` is 0,
// any free port is taken; if `last_host_port` is set, the first free port of the range.
// IPv4 ports are published by net::published_port, IPv6 ports by port_proxy.hpp.
struct port_binding {
  std::string host{};  // an address of the host; empty: all its IPv4 addresses
  std::uint16_t host_port = 0, last_host_port = 0, container_port = 0;
  net::protocol protocol = net::protocol::tcp;

  [[nodiscard]] bool is_ipv6() const { return host.find(':') != std::string::npos; }
  [[nodiscard]] const char* protocol_text() const {
    return protocol == net::protocol::tcp ? "tcp" : "udp";
  }
  [[nodiscard]] std::string inner() const;       // "80/tcp"
  [[nodiscard]] std::string host_ports() const;  // "8080", "8000-8010"; empty: any
  [[nodiscard]] std::string outer() const;       // "0.0.0.0:8080", "[::1]:8080"
  [[nodiscard]] std::string text() const;        // "127.0.0.1:8080:80/tcp"
};

// Parses "[HOST_IP:][PORTS:]PORTS[/tcp|/udp]", with an IPv6 address in brackets. PORTS is
// a port, or a range such as 8000-8010. Two ranges are bound port by port; from a range
// of host ports for one container port, the first free port is taken. Throws usage_error.
std::vector<port_binding> parse_ports(const std::string& text);

// Returns the binding for the parts of a create request: "80/tcp", an address or "", and
// "8080", "8000-8010" or "". Throws usage_error.
port_binding make_binding(const std::string& inner, const std::string& host,
                          const std::string& host_ports);

// Parses the value of --expose, "80", "80/udp" or "80-90", into "80/tcp" and so on.
// Throws usage_error.
std::vector<std::string> parse_exposed(const std::string& text);

// Convert IPv4 bindings to the type of step 2, and back.
net::published_port to_published(const port_binding& binding);
port_binding from_published(const net::published_port& port);

}  // namespace zoomin::network
