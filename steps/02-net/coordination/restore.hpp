// SPDX-License-Identifier: MIT
// restore: restores rules that another program has removed, by `nft flush ruleset` or
// `systemctl reload nftables`. Each process that joins a bridge checks them.
//
// The files in run_directory() record what should be in the kernel: the members' lock of
// a bridge names its table, and each container's record lists its elements in the table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "02-net/net.hpp"
#include "02-net/nft.hpp"

namespace zoomin::net {

// Returns the directory of a network's locks.
std::string directory_of(const network& net);

// The record of a bridge, written when the bridge is complete.
struct bridge_record {
  std::string pool{};       // "10.79.0.0/16"; empty: there is no bridge
  bool internal = false;    // no traffic to or from other networks
  bool stays = false;       // after its last container
  std::uint64_t table = 0;  // the kernel's handle of its table; 0: none was made
  std::uint64_t rules = 0;  // a digest of the table's rules
  std::string warned{};     // the firewall chains that were warned about

  static bridge_record parse(const std::string& text);
  [[nodiscard]] std::string text() const;
};

// Returns whether the network's table exists, is the recorded one, and has this program's
// rules.
bool has_its_table(const network& net, const bridge_record& known);

// Returns the networks ("zoomin0") whose bridge exists, but whose table doesn't.
std::vector<std::string> lost_tables();
// Makes the missing tables of all networks. A failure is only a warning, except for the
// network `own`.
void restore_lost_tables(const std::string& own);
// Stops traffic from the host's 127.0.0.1 into each network without its table, until the
// table is restored. Read-only commands call it. Returns lost_tables().
std::vector<std::string> close_lost();

// Make or remove the table of a network with a bridge. Call them with the door lock.
// make_table() replaces an old table, adds the elements of running containers, and writes
// `record`.
void make_table(const network& net, lock_file& record);
void remove_table(const network& net);

// Opens other programs' firewalls again, since their rules may have changed. Each process
// that joins a bridge calls it.
void open_firewalls(const network& net, lock_file& record);

}  // namespace zoomin::net
