// SPDX-License-Identifier: MIT
// restore: another program may take our rules away: `nft flush ruleset`, `systemctl
// reload nftables`. Whoever comes to a bridge looks, and makes them anew.
//
// The files of run_directory() record what is to be in the kernel: that of a bridge's
// members says which table it had, and each member's what it has put into it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "02-net/net.hpp"
#include "02-net/nft.hpp"

namespace zoomin::net {

// Returns the directory of a network's locks.
std::string directory_of(const network& net);

// Holds the record of a bridge's members. It is written once the bridge is complete.
struct bridge_record {
  std::string pool{};       // "10.79.0.0/16"; empty: there is no bridge
  bool internal = false;    // no way out
  bool stays = false;       // after its last member
  std::uint64_t table = 0;  // the kernel's number of its table; 0: none was made
  std::uint64_t rules = 0;  // a digest of the table's rules
  std::string warned{};     // of which firewall its user was told

  static bridge_record parse(const std::string& text);
  [[nodiscard]] std::string text() const;
};

// Tells whether the network's table is there, is the one on record, and has this
// program's rules.
bool has_its_table(const network& net, const bridge_record& known);

// Returns the networks ("zoomin0") whose bridge is there and whose table is not.
std::vector<std::string> lost_tables();
// Makes the tables of all networks that lost theirs. A failure is only a warning, except
// for the network `own`.
void restore_lost_tables(const std::string& own);
// Closes the way from the host's 127.0.0.1 into each network that lost its table, until
// the table is back. Commands that only look call it. Returns lost_tables().
std::vector<std::string> close_lost();

// Makes or removes the table of a network with a bridge. Call them at the door of its
// members. make_table() replaces an old table, adds what living members have there, and
// writes `record`.
void make_table(const network& net, lock_file& record);
void remove_table(const network& net);

// Looks at other programs' firewalls again, as they may have changed. Each new member
// calls it.
void look_again(const network& net, lock_file& record);

}  // namespace zoomin::net
