// SPDX-License-Identifier: MIT
// ports: the ports of the host that lead to a container, as in --publish, in a create
// request and in state.json.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "02-net/ports.hpp"

namespace zoomin::network {

// A host_port of 0 takes any free port; with a last_host_port, the first free one up to
// that. IPv4 and IPv6 take different ways: net::published_port and port_proxy.hpp.
struct port_binding {
  std::string host{};  // an address of the host; empty: all its IPv4 addresses
  std::uint16_t host_port = 0, last_host_port = 0, container_port = 0;
  net::protocol over = net::protocol::tcp;

  [[nodiscard]] bool is_ipv6() const { return host.find(':') != std::string::npos; }
  [[nodiscard]] const char* protocol_text() const {
    return over == net::protocol::tcp ? "tcp" : "udp";
  }
  [[nodiscard]] std::string inner() const;       // "80/tcp"
  [[nodiscard]] std::string host_ports() const;  // "8080", "8000-8010"; empty: any
  [[nodiscard]] std::string outer() const;       // "0.0.0.0:8080", "[::1]:8080"
  [[nodiscard]] std::string text() const;        // "127.0.0.1:8080:80/tcp"
};

// Parses "[HOST_IP:][PORTS:]PORTS[/tcp|/udp]", with an IPv6 address in brackets. PORTS is
// a port, or a range such as 8000-8010: two ranges are bound port by port; of a range for
// one container port the first free port is taken. Throws usage_error.
std::vector<port_binding> parse_ports(const std::string& text);

// Returns a binding as a create request has it: "80/tcp", an address or "", and "8080",
// "8000-8010" or "". Throws usage_error.
port_binding make_binding(const std::string& inner, const std::string& host,
                          const std::string& host_ports);

// Parses the value of --expose, "80", "80/udp" or "80-90", into "80/tcp" and so on.
// Throws usage_error.
std::vector<std::string> parse_exposed(const std::string& text);

// Convert IPv4 bindings to those of module 2, and back.
net::published_port to_published(const port_binding& binding);
port_binding from_published(const net::published_port& port);

}  // namespace zoomin::network
