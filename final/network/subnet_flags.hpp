// SPDX-License-Identifier: MIT
// subnet_flags: parses flags for networks and endpoints that the steps don't have.
#pragma once

#include <string>

#include "02-net/address.hpp"

namespace zoomin::network {

// Returns `pool` with another gateway, such as "10.80.0.254". Throws usage_error if that
// address can't be a gateway.
net::subnet with_gateway(net::subnet pool, const std::string& text);

// Parses --ip-range, the part of `pool` from which addresses are chosen. Throws
// usage_error.
net::subnet parse_range(const std::string& text, const net::subnet& pool);

// Parses a hardware address such as "02:7a:0a:4f:00:01", and returns it in lower case.
// Returns an empty text if it isn't the address of a single interface.
std::string parse_hardware_address(const std::string& text);

}  // namespace zoomin::network
