// SPDX-License-Identifier: MIT
// nft_rules: the rules of a bridge, in one nft table that has its name.
//
// Each chain hangs on one hook of a packet's way through the kernel and does one thing:
//                         prerouting                         postrouting
//   arrives ── loopback_guard, inbound ── forward: closed ── outward, loopback, hairpin
//   ── the host's own ──────── output: own ─────────────────────────── goes out ┘
// Kernel mechanism: nft(8), "hooks", "NAT statements"; nf_conntrack translates the rest
// of a connection as its first packet.
#pragma once

#include <string>
#include <vector>

#include "02-net/nft.hpp"

namespace zoomin::net {

// Made by one transaction; fails where the table is there already.
// `internal`: nothing is passed on.
std::vector<nft::command> table_of(const std::string& bridge, const std::string& pool,
                                   bool internal);

}  // namespace zoomin::net
