// SPDX-License-Identifier: MIT
// ruleset: which tables, chains and rules the kernel has, asked in its own protocol.
//
// Each function sends one netlink(7) request and uses no library: libnftables would take
// longer to load than a container takes to start, and its memory would stay. The kernel
// mechanism is nf_tables: Linux, include/uapi/linux/netfilter/nf_tables.h.
// Each function needs CAP_NET_ADMIN and throws sys::error, with a hint where this kernel
// has no nf_tables.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace zoomin::nft {

// Returns all tables ("ip zoomin0") with the number that the kernel gave each: its
// handle. A table that was deleted and made again has another one.
std::map<std::string, std::uint64_t> tables();

struct chain {
  std::string family, table, name;
  bool forwards = false;  // it hangs on the hook for packets that are passed on
  bool drops = false;     // its policy
  auto operator<=>(const chain&) const = default;
  [[nodiscard]] std::string place() const { return family + " " + table + " " + name; }
};
std::vector<chain> chains();

// Returns the handles of those rules of an IPv4 chain ("filter", "DOCKER-USER") that name
// the network device `device`.
std::vector<std::uint64_t> rules_about(const std::string& device,
                                       const std::string& table,
                                       const std::string& chain);

}  // namespace zoomin::nft
