// SPDX-License-Identifier: MIT
// address: IPv4 addresses and subnets as numbers. Pure: no system header, no kernel.
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
  std::uint32_t gateway_place = 1;  // behind the network's own address

  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::uint32_t mask() const;
  [[nodiscard]] address gateway() const { return {network.number + gateway_place}; }
  [[nodiscard]] address broadcast() const { return {network.number | ~mask()}; }
  [[nodiscard]] bool contains(address address) const;
  [[nodiscard]] bool overlaps(const subnet& other) const;
  [[nodiscard]] std::uint32_t size() const { return ~mask() + 1; }
  // How many addresses containers can have: all but network, broadcast and gateway.
  [[nodiscard]] std::uint32_t room() const { return ~mask() - 2; }
  auto operator<=>(const subnet&) const = default;
};

// Where containers live, unless --subnet says otherwise. (10.88 is podman's.)
inline constexpr subnet default_pool{{0x0a4f0000}, 16};

// Four decimal numbers and three dots; no leading zeros, no short forms.
std::optional<address> parse_address(std::string_view text);

// Throws usage_error where `text` is no subnet with room for a container.
subnet parse_subnet(const std::string& text);

// `pool` with another gateway, "10.80.0.254". Throws usage_error where that can't be it.
subnet with_gateway(subnet pool, const std::string& text);

// Throws usage_error where no container in `pool` can have the address `text`.
address parse_container_address(const std::string& text, const subnet& pool);

// Parses --ip-range, the part of `pool` from which addresses are chosen. Throws
// usage_error.
subnet parse_range(const std::string& text, const subnet& pool);

// Tells whether a container in `pool` can have the address.
bool is_for_container(const subnet& pool, address wanted);

// The `attempt`-th address to try for the container `id`: it depends on the id alone, so
// that containers started together don't all begin with the same, taken ones.
address candidate(const subnet& pool, std::string_view id, std::uint32_t attempt);
// Returns a candidate() within a part of a pool. is_for_container() may be false for it.
address candidate_in(const subnet& range, std::string_view id, std::uint32_t attempt);

// A hardware address made of `one`, "02:7a:0a:4f:00:01": locally administered. A
// container that gets a dead one's address then has its hardware address too, and what
// neighbours remember of it stays right: arp(7).
std::string hardware_address(address address);

// "02:7a:0a:4f:00:01" in lower case; empty where it isn't one interface's.
std::string parse_hardware_address(const std::string& text);

}  // namespace zoomin::net
