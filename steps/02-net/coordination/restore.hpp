// SPDX-License-Identifier: MIT
// restore: restores rules that another program has removed, by `nft flush ruleset` or
// `systemctl reload nftables`. Each process that joins a bridge checks them.
//
// The files in run_directory() record what should be in the kernel: a bridge's record
// names its table (bridge_record.hpp), and each container's record lists its elements in
// the table (published_ports.hpp).
#pragma once

#include <string>
#include <vector>

#include "02-net/coordination/bridge_record.hpp"
#include "02-net/coordination/ownership.hpp"

namespace zoomin::net {

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

// Make or remove the table of a network with a bridge, and its rules in other programs'
// firewalls. Call them with the door lock. renew_table() replaces an old table, adds the
// elements of running containers, and writes `record`.
void renew_table(const network& net, lock_file& record);
void clear_table(const network& net);

// Opens other programs' firewalls again, since their rules may have changed. Each process
// that joins a bridge calls it.
void open_firewalls(const network& net, lock_file& record);

}  // namespace zoomin::net
