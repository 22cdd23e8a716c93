// SPDX-License-Identifier: MIT
// address: IPv4 addresses and subnets as numbers. It makes no system call.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zoomin::net {

struct address {
  std::uint32_t number = 0;  // 10.79.0.1 is 0x0a4f0001
  [[nodiscard]] std::string text() const;
  auto operator<=>(const address&) const = default;
};

// A network: "10.79.0.0/16".
struct subnet {
  address network;
  int prefix = 0;
  std::uint32_t gateway_offset = 1;  // from the network's address

  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::uint32_t mask() const;
  [[nodiscard]] address gateway() const { return {network.number + gateway_offset}; }
  [[nodiscard]] address broadcast() const { return {network.number | ~mask()}; }
  [[nodiscard]] bool contains(address address) const;
  [[nodiscard]] bool overlaps(const subnet& other) const;
  [[nodiscard]] std::uint32_t size() const { return ~mask() + 1; }
  // Returns the number of addresses for containers: all but network, broadcast, gateway.
  [[nodiscard]] std::uint32_t room() const { return ~mask() - 2; }
  auto operator<=>(const subnet&) const = default;
};

// The default of --subnet, 10.79.0.0/16. (10.88 is podman's.)
inline constexpr subnet default_pool{{0x0a4f0000}, 16};

// Parses four decimal numbers and three dots, without leading zeros or short forms.
std::optional<address> parse_address(std::string_view text);

// Parses "10.79.0.0/16". Empty unless it is an address and a prefix from 0 to 32.
std::optional<subnet> parse_network(std::string_view text);

// Parses --subnet. Throws usage_error unless it has room for a container.
subnet parse_subnet(const std::string& text);

// Parses an address. Throws usage_error if no container in `pool` can have it.
address parse_container_address(const std::string& text, const subnet& pool);

// Returns the address number `index`, from 0 to room() - 1, that a container can have.
address container_address(const subnet& pool, std::uint32_t index);

// Returns why no container in `pool` can have the address. Empty if one can.
std::string refusal(const subnet& pool, address own);

// Derives a locally administered hardware address, "02:7a:0a:4f:00:01", from an IPv4
// address. A container that gets the address of an earlier one has its hardware address
// too, so that the neighbours' ARP entries stay valid: arp(7).
std::string hardware_address(address address);

}  // namespace zoomin::net
