// SPDX-License-Identifier: MIT
// restore: another program may take our rules away: `nft flush ruleset`, `systemctl
// reload nftables`. Whoever comes to a bridge looks, and makes them anew.
//
// What is to be in the kernel is on record, in the files of run_directory(): that of a
// bridge's members says which table it had, and each member's what it has put into it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "02-net/net.hpp"
#include "02-net/nft.hpp"

namespace zoomin::net {

// The directory of a network's locks.
std::string directory_of(const network& net);

// What the record of a bridge's members says; written once the bridge is complete.
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

// Whether its table is there, and the one on record, with the rules of this program.
bool has_its_table(const network& net, const bridge_record& known);

// Networks ("zoomin0") whose bridge is there and whose table is not.
std::vector<std::string> lost_tables();
// Makes the tables of all networks that lost theirs. Where that fails it is a warning,
// unless it is the network `own`.
void restore_lost_tables(const std::string& own);
// For who only looks: what leads from the host's 127.0.0.1 into a network without its
// guard is closed until the table is back. Returns lost_tables().
std::vector<std::string> close_lost();

// The table of a network with a bridge, at the door of its members: removed where it is,
// and made with what its living members have there. Writes `record`.
void make_table(const network& net, lock_file& record);
void remove_table(const network& net);

// Looks at other programs' firewalls, which may have changed, with each one that comes.
void look_again(const network& net, lock_file& record);

}  // namespace zoomin::net
