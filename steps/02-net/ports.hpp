// SPDX-License-Identifier: MIT
// ports: the arguments of --publish, as text and as elements of an nft map. It makes no
// system call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "02-net/address.hpp"

namespace zoomin::net {

enum class protocol { tcp, udp };

// A port of the host, at one of its addresses or at all of them, that leads to
// `container_port`. published_ports replaces a `host_port` of 0 by any free port, and
// uses the first free one up to `last_host_port` if that is set.
struct published_port {
  std::optional<address> host;
  std::uint16_t host_port = 0;
  std::uint16_t container_port = 0;
  protocol over = protocol::tcp;
  std::uint16_t last_host_port = 0;

  [[nodiscard]] const char* protocol_text() const;
  [[nodiscard]] std::string text() const;   // "127.0.0.1:8080:80/tcp"
  [[nodiscard]] std::string outer() const;  // "127.0.0.1:8080"; at all addresses: 0.0.0.0
  // Returns the map of nft_rules.cpp that holds the port: "ports" if it is published at
  // all addresses of the host, "ports_at" if at one.
  [[nodiscard]] const char* map() const;
  [[nodiscard]] std::string key() const;                       // "tcp . 8080"
  [[nodiscard]] std::string element(address container) const;  // key : 10.79.0.2 . 80
  static published_port of_key(const std::string& key);  // without the container's port
  auto operator<=>(const published_port&) const = default;
};

// Parses "[HOST_IP:]8080:80[/tcp|/udp]". Throws usage_error.
published_port parse_published_port(const std::string& text);

}  // namespace zoomin::net
