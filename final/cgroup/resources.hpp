// SPDX-License-Identifier: MIT
// resources: the limits of a container, including limits that the steps don't have.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "04-cgroups/limits.hpp"

namespace zoomin::cgroup {

// Limits a group's reads or writes of one block device.
struct io_limit {
  enum class kind { read_bytes, written_bytes, reads, writes };
  std::string device;  // "/dev/sda", or its numbers, "8:0"
  kind type = kind::read_bytes;
  std::uint64_t rate = unlimited;  // per second
};

// The limits of a container. A member that isn't set leaves a limit unchanged.
struct resources : limits {
  // A soft limit: memory below it is reclaimed last.
  std::optional<std::uint64_t> memory_reservation_bytes;
  std::optional<std::uint64_t> cpu_weight;  // 1 to 10000; the kernel's default: 100
  std::optional<std::set<unsigned>> memory_nodes;  // numa(7)
  std::optional<std::uint64_t> io_weight;  // 10 to 1000; the kernel's default: 100
  std::vector<io_limit> io;

  [[nodiscard]] bool needs_cpuset() const { return processors || memory_nodes; }
};

// Converts a weight to version 1's cpu.shares. A weight of 100 corresponds to 1024
// shares.
constexpr std::uint64_t shares_of(std::uint64_t weight) { return weight * 1024 / 100; }
// Converts version 1's cpu.shares to a weight.
constexpr std::uint64_t weight_of(std::uint64_t shares) {
  return (shares * 100 + 1023) / 1024;
}

// Controllers that containers use in addition to those of step 4: "devices", "freezer"
// and "blkio" of version 1, and "io" of version 2.
inline const std::set<std::string> extra_controllers{"blkio", "devices", "freezer", "io"};

}  // namespace zoomin::cgroup
