// SPDX-License-Identifier: MIT
// firewall: what other programs' rules mean for a bridge of ours.
//
// A packet must be accepted by every chain on its hook, so no rule of ours can let pass
// what another table's forward chain drops by policy: nft(8), "verdict statements".
// Docker offers a place for the rules of others, the chain DOCKER-USER; in iptables' own
// chains everybody puts some; of other firewalls we only say which one it is and how it
// is told.
#pragma once

#include <functional>
#include <string>

#include "02-net/coordination/ruleset.hpp"

namespace zoomin::net::firewall {

// Returns the command that lets packets of all our bridges pass that chain, for good.
std::string advice(const nft::chain& chain);

bool has_docker();

// Adds two rules for `bridge`, unless they are there already: to DOCKER-USER where that
// exists, or else to iptables' chain FORWARD (also ufw's) where that drops unknown
// packets. Warns of each other chain that drops them, unless `was_told` says that its
// user knows. Returns what is to be remembered of that. close() removes the rules.
std::string open(const std::string& bridge,
                 const std::function<bool(const std::string& chain)>& was_told);
void close(const std::string& bridge);

}  // namespace zoomin::net::firewall
