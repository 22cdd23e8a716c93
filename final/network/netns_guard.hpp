// SPDX-License-Identifier: MIT
// netns_guard: as long as it lives this process is in another NET namespace, setns(2).
#pragma once

#include <fcntl.h>
#include <sched.h>

#include "common/fd.hpp"
#include "common/sys.hpp"

namespace zoomin::network {

class visit {
 public:
  // `inside`: the pidfd of a process there.
  explicit visit(int inside) : home_(sys::open("/proc/self/ns/net", O_RDONLY)) {
    sys::setns(sys::quiet, inside, CLONE_NEWNET);
  }
  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;
  // Not to come home would be the end: it must not stay among the container's.
  ~visit() { sys::setns(sys::quiet, home_.get(), CLONE_NEWNET); }

 private:
  unique_fd home_;
};

}  // namespace zoomin::network
