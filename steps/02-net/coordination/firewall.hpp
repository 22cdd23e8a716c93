// SPDX-License-Identifier: MIT
// firewall: gets a bridge's packets through the firewalls of other programs.
//
// A packet must be accepted by every chain on its hook, so no rule in our table can admit
// a packet that another table's forward chain drops by policy: nft(8), "verdict
// statements". Docker reserves the chain DOCKER-USER for the rules of others, and all
// programs share iptables' chain FORWARD; rules for the bridge are added to these. For
// other firewalls there is only a warning, with the command that would open them.
#pragma once

#include <functional>
#include <string>

#include "02-net/query/ruleset.hpp"

namespace zoomin::net::firewall {

// Returns the command that permanently admits packets of all our bridges to a chain.
std::string advice(const nft::chain& chain);

bool has_docker();

// Adds two rules for `bridge` unless they exist: to DOCKER-USER if there is one,
// otherwise to iptables' chain FORWARD (which ufw uses as well) if that drops unknown
// packets. Warns about every other chain that drops them unless `was_warned` returns true
// for it. Returns the names of these chains, to be recorded for `was_warned`.
std::string open(const std::string& bridge,
                 const std::function<bool(const std::string& chain)>& was_warned);
// Removes the rules that open() has added.
void close(const std::string& bridge);

}  // namespace zoomin::net::firewall
