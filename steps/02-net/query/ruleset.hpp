// SPDX-License-Identifier: MIT
// ruleset: lists the kernel's tables, chains and rules by its own protocol.
//
// Each function sends one netlink(7) request and uses no library: to load libnftables
// would take longer than to start a container, and its memory would stay. The kernel
// mechanism is nf_tables: Linux, include/uapi/linux/netfilter/nf_tables.h. Each function
// needs CAP_NET_ADMIN and throws sys::error, with a hint if the kernel has no nf_tables.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace zoomin::nft {

// Returns all tables ("ip zoomin0") with their handles. A table that was deleted and made
// again has another handle.
std::map<std::string, std::uint64_t> tables();
bool has_table(const std::string& table);

struct chain {
  std::string family, table, name;
  bool forwards = false;  // it is on the forward hook
  bool drops = false;     // its policy is drop
  auto operator<=>(const chain&) const = default;
  [[nodiscard]] std::string full_name() const {
    return family + " " + table + " " + name;
  }
};
std::vector<chain> chains();

// Returns the handles of the rules in an IPv4 chain ("filter", "DOCKER-USER") that name
// the network device `device`.
std::vector<std::uint64_t> rules_about(const std::string& device,
                                       const std::string& table,
                                       const std::string& chain);

}  // namespace zoomin::nft
