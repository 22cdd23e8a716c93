// SPDX-License-Identifier: MIT
// nft_rules: the rules for a bridge, in an nft table of the same name.
//
// Each chain is attached to one hook on a packet's way through the kernel:
//                         prerouting                         postrouting
//   arrives ── loopback_guard, inbound ── forward: closed ── outward, loopback, hairpin
//   ── the host's own ──────── output: own ─────────────────────────── goes out ┘
// Kernel mechanism: nft(8), "hooks", "NAT statements". The NAT rules see only the first
// packet of a connection; nf_conntrack translates the others in the same way.
#pragma once

#include <string>
#include <vector>

#include "02-net/nft.hpp"

namespace zoomin::net {

// Returns the commands that create the table. They fail if it exists. With `internal`
// nothing is forwarded to or from other networks.
std::vector<nft::command> table_of(const std::string& bridge, const std::string& pool,
                                   bool internal);

// Return the commands that add an element to a map of the table, for example
// "tcp . 8080 : 10.79.0.2 . 80" to "ports", and that delete it by its key.
nft::command add_element(const std::string& bridge, const std::string& map,
                         const std::string& element);
nft::command delete_element(const std::string& bridge, const std::string& map,
                            const std::string& key);

}  // namespace zoomin::net
