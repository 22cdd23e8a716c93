// SPDX-License-Identifier: MIT
// firewall: what other programs' rules mean for a bridge of ours.
//
// A packet must be accepted by every chain on its hook, so no rule of ours can let pass
// what another table's forward chain drops by policy: nft(8), "verdict statements".
// Docker offers a place for the rules of others, the chain DOCKER-USER; of other
// firewalls we only say which one it is and how it is told.
#pragma once

#include <string>
#include <vector>

namespace zoomin::net::firewall {

struct chain {
  std::string family, table, name, hook, policy;
};

// The chains in what `nft list chains` prints.
std::vector<chain> parse_chains(const std::string& listing);

// The command that lets packets of `bridge` pass that chain.
std::string advice(const chain& one, const std::string& bridge);

bool has_docker();

// Two rules in DOCKER-USER where it is, a warning for each other chain that drops what
// it doesn't know. The rules must be removed by close().
void open(const std::string& bridge);
void close(const std::string& bridge);

}  // namespace zoomin::net::firewall
