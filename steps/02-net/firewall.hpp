// SPDX-License-Identifier: MIT
// firewall: what other programs' rules mean for a bridge of ours.
//
// A packet must be accepted by every chain on its hook, so no rule of ours can let pass
// what another table's forward chain drops by policy: nft(8), "verdict statements".
// Docker offers a place for the rules of others, the chain DOCKER-USER; of other
// firewalls we only say which one it is and how it is told.
#pragma once

#include <string>

#include "02-net/ruleset.hpp"

namespace zoomin::net::firewall {

// The command that lets packets of `bridge` pass that chain.
std::string advice(const nft::chain& one, const std::string& bridge);

bool has_docker();

// Two rules in DOCKER-USER where it is, unless they are there already. A warning for each
// other chain that drops what it doesn't know, unless `warned` says that it was given.
// Returns what is to be told as `warned` the next time. close() removes the rules.
std::string open(const std::string& bridge, const std::string& warned);
void close(const std::string& bridge);

}  // namespace zoomin::net::firewall
