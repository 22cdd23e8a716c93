// SPDX-License-Identifier: MIT
// follower: waits for new records of a log without polling: the kernel reports changes of
// the files, inotify(7), and the monitor reports the container's end.
#pragma once

#include <optional>
#include <string>

#include "base/directory_watch.hpp"
#include "container/control.hpp"

namespace zoomin::container {

class log_follower {
 public:
  // Construct it before the log is first read, so that no later record is missed.
  explicit log_follower(std::string id);

  // Returns a descriptor for poll(2), which is readable when update() is to be called.
  [[nodiscard]] int fd() const { return watch_.fd(); }
  // Call it first, and whenever fd() is readable, before the log is read. Returns false
  // if the container has ended and its whole output is in the log.
  bool update();

 private:
  [[nodiscard]] bool find_owner();

  std::string id_;
  base::directory_watch watch_;
  std::optional<control> owner_;
};

}  // namespace zoomin::container
