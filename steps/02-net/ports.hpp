// SPDX-License-Identifier: MIT
// ports: what --publish asks for, as text and as elements of an nft map. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "02-net/address.hpp"

namespace zoomin::net {

enum class protocol { tcp, udp };

// Port `host_port` of the host (of one of its addresses, or of all) leads to
// `container_port`. published (net.hpp) takes 0 as any that is free, and with a
// `last_host_port` the first free one up to that.
struct published_port {
  std::optional<address> host;
  std::uint16_t host_port = 0;
  std::uint16_t container_port = 0;
  protocol over = protocol::tcp;
  std::uint16_t last_host_port = 0;

  [[nodiscard]] const char* protocol_text() const;
  [[nodiscard]] std::string text() const;   // "127.0.0.1:8080:80/tcp"
  [[nodiscard]] std::string outer() const;  // "127.0.0.1:8080"; of any address: 0.0.0.0
  // The maps of net.cpp: one for ports of any address of the host's, one for those of a
  // certain address.
  [[nodiscard]] const char* map() const;                   // "ports", "ports_at"
  [[nodiscard]] std::string key() const;                   // "tcp . 8080"
  [[nodiscard]] std::string element(address leads) const;  // key : 10.79.0.2 . 80
  static published_port of_key(const std::string& key);    // without a container's port
  auto operator<=>(const published_port&) const = default;
};

// "[HOST_IP:]8080:80[/tcp|/udp]". Throws usage_error.
published_port parse_published_port(const std::string& text);

}  // namespace zoomin::net
