// SPDX-License-Identifier: MIT
// bridge_record: what is recorded about a bridge, in the members' lock file of the
// network: ownership.hpp.
#pragma once

#include <cstdint>
#include <string>

#include "02-net/net.hpp"

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

// Returns the file of a bridge's record, and the record. It is empty if there is no file.
std::string record_file(const std::string& bridge);
bridge_record record_of(const std::string& bridge);

}  // namespace zoomin::net
