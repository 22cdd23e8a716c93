// SPDX-License-Identifier: MIT
// io: limits and counts a group's reads and writes of block devices.
//
// Kernel mechanism: the controllers "io" (version 2) and "blkio" (version 1), in the
// kernel's Documentation/admin-guide/cgroup-v2.rst, "IO", and
// cgroup-v1/blkio-controller.rst.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "cgroup/resources.hpp"

namespace zoomin::cgroup {

class group;

// Sets the I/O limits. Throws usage_error if the controller isn't available, or if the
// kernel doesn't support weights.
void limit_io(const group& group, const resources& resources);

// Returns the number of a block device, "/dev/sda" or "8:0". Throws usage_error.
dev_t numbers_of(const std::string& device);

// Counts the bytes that were read from block devices and written to them. The members are
// empty without the controller.
struct io_usage {
  std::optional<std::uint64_t> read_bytes;
  std::optional<std::uint64_t> written_bytes;
};
io_usage read_io(const group& group);

}  // namespace zoomin::cgroup
