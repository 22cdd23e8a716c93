// SPDX-License-Identifier: MIT
// netns_guard: moves this process into another network namespace, setns(2), for the life
// of the object.
#pragma once

#include <fcntl.h>
#include <sched.h>

#include "common/fd.hpp"
#include "common/sys.hpp"

namespace zoomin::network {

class netns_guard {
 public:
  // `inside` is the pidfd of a process in that namespace.
  explicit netns_guard(int inside) : home_(sys::open("/proc/self/ns/net", O_RDONLY)) {
    sys::setns(sys::quiet, inside, CLONE_NEWNET);
  }
  netns_guard(const netns_guard&) = delete;
  netns_guard& operator=(const netns_guard&) = delete;
  // A failure to return ends the program, because it must not stay in the container's
  // namespace.
  ~netns_guard() { sys::setns(sys::quiet, home_.get(), CLONE_NEWNET); }

 private:
  unique_fd home_;
};

}  // namespace zoomin::network
