// SPDX-License-Identifier: MIT
// follower: waits for what a container writes into its log, without asking again and
// again: the kernel tells of the files, inotify(7), the container's owner of its end.
#pragma once

#include <optional>
#include <string>

#include "common/fd.hpp"
#include "container/control.hpp"

namespace zoomin::container {

class log_follower {
 public:
  // Before the log is first read: what is written from here on is told.
  explicit log_follower(std::string id);

  // Returns when there may be more to read. False once the container has ended, and all
  // it wrote is in the log, or nobody reads at `reader` any more: a descriptor for
  // writing.
  bool wait(int reader);

 private:
  [[nodiscard]] bool find_owner();

  std::string id_;
  unique_fd events_;
  std::optional<control> owner_;
};

}  // namespace zoomin::container
