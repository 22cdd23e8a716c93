// SPDX-License-Identifier: MIT
// join_namespaces: moves this process into existing namespaces, setns(2).
#pragma once

#include <cstdint>

#include "common/sys.hpp"

namespace zoomin::container {

// Joins namespaces (CLONE_NEW… bits) of another process, given by its pidfd, or a single
// namespace, given by its descriptor. A PID namespace takes effect only for children that
// are created afterwards. Throws sys::error.
inline void join_namespaces(int fd, std::uint64_t namespaces) {
  using sys::operator""_id;
  sys::setns({"join"_id, "into the container's namespaces"}, fd,
             static_cast<int>(namespaces));
}

}  // namespace zoomin::container
