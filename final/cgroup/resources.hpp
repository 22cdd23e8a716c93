// SPDX-License-Identifier: MIT
// resources: the limits of a container, with those that the steps don't have.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "04-cgroups/limits.hpp"

namespace zoomin::cgroup {

// A limit for the traffic between a group and one block device, per second.
struct io_limit {
  enum class kind { read_bytes, written_bytes, reads, writes };
  std::string device;  // "/dev/sda", or its numbers, "8:0"
  kind of = kind::read_bytes;
  std::uint64_t most = unlimited;
};

// The limits of a container. A member that isn't set changes nothing.
struct resources : limits {
  // A soft limit: memory below it is reclaimed last.
  std::optional<std::uint64_t> memory_reservation_bytes;
  std::optional<std::uint64_t> cpu_weight;  // 1 to 10000; a group without one has 100
  std::optional<std::set<unsigned>> memory_nodes;  // numa(7)
  std::optional<std::uint64_t> io_weight;  // 10 to 1000; a group without one has 100
  std::vector<io_limit> io;

  [[nodiscard]] bool needs_cpuset() const { return processors || memory_nodes; }
};

// Converts a weight to version 1's cpu.shares, in which 1024 corresponds to 100.
constexpr std::uint64_t shares_of(std::uint64_t weight) { return weight * 1024 / 100; }
// Converts them back.
constexpr std::uint64_t weight_of(std::uint64_t shares) {
  return (shares * 100 + 1023) / 1024;
}

// Controllers that the limits of step 4 don't need: "devices" and "freezer" of version 1,
// and its "blkio" or version 2's "io".
inline const std::set<std::string> extra_controllers{"blkio", "devices", "freezer", "io"};

}  // namespace zoomin::cgroup
