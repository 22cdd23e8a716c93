// SPDX-License-Identifier: MIT
// netns_guard: as long as it lives this process is in another NET namespace, setns(2).
#pragma once

#include <fcntl.h>
#include <sched.h>

#include "common/fd.hpp"
#include "common/sys.hpp"

namespace zoomin::network {

class netns_guard {
 public:
  // `inside`: the pidfd of a process there.
  explicit netns_guard(int inside) : home_(sys::open("/proc/self/ns/net", O_RDONLY)) {
    sys::setns(sys::quiet, inside, CLONE_NEWNET);
  }
  netns_guard(const netns_guard&) = delete;
  netns_guard& operator=(const netns_guard&) = delete;
  // Not to come home would be the end: it must not stay among the container's.
  ~netns_guard() { sys::setns(sys::quiet, home_.get(), CLONE_NEWNET); }

 private:
  unique_fd home_;
};

}  // namespace zoomin::network
